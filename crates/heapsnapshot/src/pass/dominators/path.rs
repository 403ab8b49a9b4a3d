//! The parents in the depth-first tree, in one byte per number.

use super::number::Number;
use crate::ids::to_u32;

/// Yields the parent of each number in the depth-first tree, in ascending order
/// of the numbers.
///
/// Stores one byte per number instead of the three or four of a parent: how many
/// levels the parent is above the previous number. The parent of a number is
/// always the previous number (0 levels) or one of its ancestors.
#[derive(Debug)]
pub(super) struct ParentIter {
    levels: Vec<u8>,
    /// Number and levels, where the levels do not fit into a byte. Ascending.
    far: Vec<(u32, u32)>,
    /// How many entries of `far` were used.
    passed: usize,
    /// The ancestors of the last number, from the root, and the number itself.
    path: Vec<u32>,
}

impl ParentIter {
    /// Marks a number whose levels are in `far`.
    const FAR: u8 = u8::MAX;

    /// Stores `parents`, which are ordered by number. O(N) time.
    pub(super) fn new<N: Number>(parents: &[N]) -> Self {
        let mut levels = Vec::with_capacity(parents.len());
        let mut far = Vec::new();
        levels.push(0);
        for (before, parent) in parents.iter().skip(1).enumerate() {
            let mut at = to_u32(before);
            let mut up = 0u32;
            // A depth-first search returns from each number at most once, so the
            // iterations of this loop add up to O(N).
            while at != parent.get() {
                at = parents[at as usize].get();
                up += 1;
            }
            match u8::try_from(up) {
                Ok(up) if up != Self::FAR => levels.push(up),
                _ => {
                    far.push((to_u32(before + 1), up));
                    levels.push(Self::FAR);
                }
            }
        }
        Self { levels, far, passed: 0, path: vec![0] }
    }

    /// Advances to the next number, from 1 on, and returns its parent.
    #[inline]
    pub(super) fn next_parent(&mut self) -> u32 {
        let last = self.path.last().copied().unwrap_or(0);
        // The last number of the path is always the previous number.
        let number = last + 1;
        let up = match self.levels[number as usize] {
            Self::FAR => {
                self.passed += 1;
                self.far[self.passed - 1].1
            }
            up => u32::from(up),
        };
        self.path.truncate(self.path.len() - up as usize);
        let parent = self.path.last().copied().unwrap_or(0);
        self.path.push(number);
        parent
    }
}
