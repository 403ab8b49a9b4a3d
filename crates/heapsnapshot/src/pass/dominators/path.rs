//! The way through the depth-first tree.

use super::number::Number;
use crate::ids::to_u32;

/// The parents of the numbers, one after the other.
///
/// A byte a number instead of the four of a parent: how many levels up from the
/// number before.
#[derive(Debug)]
pub(super) struct TreePath {
    levels: Vec<u8>,
    /// Number and levels, where those are too many for a byte; ascending.
    far: Vec<(u32, u32)>,
    /// Entries of `far` that were passed.
    passed: usize,
    /// The number reached last, below all its ancestors.
    path: Vec<u32>,
}

impl TreePath {
    const FAR: u8 = u8::MAX;

    /// Reads the way from the parents by number.
    pub(super) fn new<N: Number>(parents: &[N]) -> Self {
        let mut levels = Vec::with_capacity(parents.len());
        let mut far = Vec::new();
        levels.push(0);
        for (before, parent) in parents.iter().skip(1).enumerate() {
            let mut at = to_u32(before);
            let mut up = 0u32;
            // Each level is left once: all this takes O(N) steps.
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

    /// Goes on to the next number, 1 first, and returns its parent.
    #[inline]
    pub(super) fn descend(&mut self) -> u32 {
        let last = self.path.last().copied().unwrap_or(0);
        // Numbers are reached one by one, the last one is the one before.
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
