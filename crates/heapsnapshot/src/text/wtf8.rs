//! The encoding of [`Text`](super::Text): WTF-8, UTF-8 that can contain lone surrogates.

/// Appends WTF-8 to WTF-8. Joins a surrogate pair across the boundary, so that
/// equal texts have equal bytes.
pub(crate) fn push_wtf8(out: &mut Vec<u8>, tail: &[u8]) {
    if let ([.., 0xED, h1 @ 0xA0..=0xAF, h2], [0xED, l1 @ 0xB0..=0xBF, l2, rest @ ..]) =
        (out.as_slice(), tail)
    {
        let high = 0xD000 | (u32::from(h1 & 0x3F) << 6) | u32::from(h2 & 0x3F);
        let low = 0xD000 | (u32::from(l1 & 0x3F) << 6) | u32::from(l2 & 0x3F);
        let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
        out.truncate(out.len() - 3);
        push_code_point(out, code);
        out.extend_from_slice(rest);
    } else {
        out.extend_from_slice(tail);
    }
}

/// Appends a code point, which can be a surrogate, as WTF-8.
pub(crate) fn push_code_point(out: &mut Vec<u8>, code: u32) {
    // Each byte is masked to its range, so the conversions cannot fail.
    let byte =
        |shift: u32, mask: u32, mark: u32| (((code >> shift) & mask) | mark).to_le_bytes()[0];
    match code {
        0..0x80 => out.push(byte(0, 0x7F, 0)),
        0x80..0x800 => out.extend([byte(6, 0x1F, 0xC0), byte(0, 0x3F, 0x80)]),
        0x800..0x1_0000 => {
            out.extend([byte(12, 0x0F, 0xE0), byte(6, 0x3F, 0x80), byte(0, 0x3F, 0x80)]);
        }
        _ => out.extend([
            byte(18, 0x07, 0xF0),
            byte(12, 0x3F, 0x80),
            byte(6, 0x3F, 0x80),
            byte(0, 0x3F, 0x80),
        ]),
    }
}

/// An iterator over the UTF-16 code units of a [`Text`](super::Text). Made by
/// [`Text::utf16`](super::Text::utf16).
#[derive(Clone, Debug)]
pub struct Utf16<'a> {
    pub(super) bytes: &'a [u8],
    /// The low surrogate of the last character.
    pub(super) pending: Option<u16>,
}

impl Iterator for Utf16<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        if let Some(low) = self.pending.take() {
            return Some(low);
        }
        let (&lead, rest) = self.bytes.split_first()?;
        let (extra, bits) = match lead {
            0..0xC0 => (0, u32::from(lead)),
            0xC0..0xE0 => (1, u32::from(lead & 0x1F)),
            0xE0..0xF0 => (2, u32::from(lead & 0x0F)),
            0xF0.. => (3, u32::from(lead & 0x07)),
        };
        let (tail, rest) = rest.split_at(extra.min(rest.len()));
        self.bytes = rest;
        let code = tail.iter().fold(bits, |code, &b| (code << 6) | u32::from(b & 0x3F));
        if let Ok(unit) = u16::try_from(code) {
            return Some(unit);
        }
        let above = code - 0x1_0000;
        self.pending = u16::try_from(0xDC00 | (above & 0x3FF)).ok();
        u16::try_from(0xD800 | (above >> 10)).ok()
    }
}
