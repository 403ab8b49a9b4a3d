//! Division of positions in the file by the number of columns of a record.

/// Divides by a fixed number, without a division instruction. Recognises
/// remainders.
///
/// Source: H. S. Warren, *Hacker's Delight*, 2nd edition, section 10-17: the
/// quotient of an exact division is a product modulo 2^64.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExactDivisor {
    /// The inverse of the odd part of the divisor, modulo 2^64.
    inverse: u64,
    /// Number of factors 2 of the divisor.
    shift: u32,
    /// The largest possible quotient.
    largest: u64,
}

impl ExactDivisor {
    /// Prepares the division by `divisor`, which is not 0.
    pub(crate) fn new(divisor: u64) -> Self {
        let shift = divisor.trailing_zeros().min(63);
        let odd = divisor >> shift;
        // Newton's iteration doubles the number of right bits, three at first.
        let mut inverse = odd;
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(inverse)));
        }
        Self { inverse, shift, largest: u64::MAX / divisor.max(1) }
    }

    /// Returns the quotient, or `u64::MAX` if there is a remainder.
    #[inline]
    pub(crate) fn divide(self, value: u64) -> u64 {
        let quotient = self.quotient(value);
        if quotient <= self.largest { quotient } else { u64::MAX }
    }

    /// Returns the quotient; if there is a remainder, a number larger than any
    /// quotient.
    #[inline]
    pub(crate) fn quotient(self, value: u64) -> u64 {
        value.wrapping_mul(self.inverse).rotate_right(self.shift)
    }
}

#[cfg(test)]
mod tests {
    use super::ExactDivisor;

    #[test]
    fn quotients_and_remainders_of_every_width() {
        for width in 1..=64u64 {
            let divisor = ExactDivisor::new(width);
            for value in (0..3000).chain([1 << 32, (1 << 53) - 1, 1 << 53]) {
                let expected = if value % width == 0 { value / width } else { u64::MAX };
                assert_eq!(divisor.divide(value), expected, "{value} / {width}");
            }
        }
    }
}
