//! Depth-first numbers, of 3 or 4 bytes.
//!
//! They take most of the memory of this pass, and the analysis needs more memory
//! during this pass than at any other time.

/// A depth-first number, or a position of a node, stored in few bytes.
pub(crate) trait Number: Copy {
    /// Stands for no number. Every number is smaller.
    const NONE: u32;

    /// Stores a number, which must not exceed [`Self::NONE`].
    fn of(number: u32) -> Self;

    /// Returns the number.
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

/// A number of 24 bits, for snapshots with fewer than 2^24 - 1 nodes.
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
