//! Parquet's hybrid of run-length encoding and bit packing, for small numbers such as positions in a dictionary.

use std::iter::repeat_n;

/// Values that are packed at a time, and the shortest run of equal values that is stored as one.
const GROUP: usize = 8;

/// Appends `values`, each below 2 to the power of `width`.
///
/// `width`: bits of a value, from 1 to 32.
pub(crate) fn encode<T: Copy + PartialEq + Into<u32>>(
    values: &[T],
    width: usize,
    out: &mut Vec<u8>,
) {
    // Values before `start` are encoded, those up to `at` will be packed.
    let (mut start, mut at) = (0, 0);
    while at + GROUP <= values.len() {
        let first = values[at];
        if values[at..at + GROUP].iter().any(|&value| value != first) {
            at += GROUP;
            continue;
        }
        let length = values[at..].iter().take_while(|&&value| value == first).count();
        pack(&values[start..at], width, out);
        number(length << 1, out);
        out.extend_from_slice(&first.into().to_le_bytes()[..width.div_ceil(8)]);
        at += length;
        start = at;
    }
    pack(&values[start..], width, out);
}

/// Appends values with `width` bits each, and zeros up to a whole group. Only the last values of a column may need these.
fn pack<T: Copy + Into<u32>>(values: &[T], width: usize, out: &mut Vec<u8>) {
    if values.is_empty() {
        return;
    }
    let groups = values.len().div_ceil(GROUP);
    number(groups << 1 | 1, out);
    let (mut bits, mut count) = (0u64, 0);
    let padding = groups * GROUP - values.len();
    for value in values.iter().map(|&value| value.into()).chain(repeat_n(0, padding)) {
        bits |= u64::from(value) << count;
        count += width;
        if count >= 32 {
            out.extend_from_slice(&bits.to_le_bytes()[..4]);
            bits >>= 32;
            count -= 32;
        }
    }
    // A group has `width` bytes, so no bits of a byte are left over.
    out.extend_from_slice(&bits.to_le_bytes()[..count / 8]);
}

/// Appends a number, seven bits in each byte, the lower ones first.
fn number(mut number: usize, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference implementation: one bit at a time.
    fn decode(mut bytes: &[u8], width: usize, count: usize) -> Vec<u32> {
        let mut values = Vec::new();
        while values.len() < count {
            let mut header = 0;
            for shift in (0..).step_by(7) {
                let (byte, rest) = bytes.split_first().expect("a header");
                bytes = rest;
                header |= usize::from(byte & 0x7f) << shift;
                if byte & 0x80 == 0 {
                    break;
                }
            }
            if header & 1 == 0 {
                let (value, rest) = bytes.split_at(width.div_ceil(8));
                bytes = rest;
                let value = value.iter().rev().fold(0, |sum, &byte| sum << 8 | u32::from(byte));
                values.extend(repeat_n(value, header >> 1));
            } else {
                let (packed, rest) = bytes.split_at((header >> 1) * width);
                bytes = rest;
                let bit = |at: usize| u32::from(packed[at / 8] >> (at % 8) & 1);
                let value = |at: usize| (0..width).map(|i| bit(at * width + i) << i).sum::<u32>();
                values.extend((0..(header >> 1) * GROUP).map(value));
            }
        }
        assert!(bytes.is_empty(), "bytes after the last value");
        values.truncate(count);
        values
    }

    #[test]
    fn decoding_returns_the_values() {
        let mut random = 1u32;
        for width in 1..=32 {
            for (length, repeats) in [(0, 1), (1, 1), (7, 9), (8, 8), (100, 1), (1000, 3), (99, 40)]
            {
                let mut values: Vec<u32> = Vec::new();
                for _ in 0..length {
                    random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let count = 1 + random as usize / 7 % repeats;
                    values.extend(repeat_n(random >> (32 - width), count));
                }
                let mut bytes = Vec::new();
                encode(&values, width, &mut bytes);
                assert_eq!(decode(&bytes, width, values.len()), values, "{width} bits, {length}");
            }
        }
    }

    #[test]
    fn equal_values_take_a_few_bytes() {
        let mut bytes = Vec::new();
        encode(&vec![true; 100_000], 1, &mut bytes);
        assert_eq!(bytes.len(), 4);
    }
}
