//! Depth-first numbers in as few bytes as they need: most of the memory of this
//! pass, at the moment when the analysis needs most.

/// A number of a node, or a position in a list of them.
pub(crate) trait Number: Copy {
    /// Numbers are below this, which stands for none.
    const NONE: u32;

    fn of(number: u32) -> Self;
    fn get(self) -> u32;
}

impl Number for u32 {
    const NONE: u32 = Self::MAX;

    #[inline]
    fn of(number: u32) -> Self {
        number
    }

    #[inline]
    fn get(self) -> u32 {
        self
    }
}

/// 24 bits.
pub(crate) type Short = [u8; 3];

impl Number for Short {
    const NONE: u32 = (1 << 24) - 1;

    #[inline]
    fn of(number: u32) -> Self {
        let [a, b, c, _] = number.to_le_bytes();
        [a, b, c]
    }

    #[inline]
    fn get(self) -> u32 {
        let [a, b, c] = self;
        u32::from_le_bytes([a, b, c, 0])
    }
}
