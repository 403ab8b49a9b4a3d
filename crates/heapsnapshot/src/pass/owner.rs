//! Who owns a node: the bookkeeping of passes that spread owners over edges.

use crate::ids::NodeIx;

/// The owner of a node, as far as it is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Owner(u32);

impl Owner {
    /// No node owns it.
    pub(crate) const NOBODY: Self = Self(u32::MAX);
    /// Several nodes own it.
    pub(crate) const SEVERAL: Self = Self(u32::MAX - 1);

    #[inline]
    pub(crate) fn one(node: NodeIx) -> Self {
        debug_assert!(node.0 < Self::SEVERAL.0, "node counts are smaller");
        Self(node.0)
    }

    /// Returns the owner, if it is exactly one.
    #[inline]
    pub(crate) fn sole(self) -> Option<NodeIx> {
        (self.0 < Self::SEVERAL.0).then_some(NodeIx(self.0))
    }

    /// Adds an owner. Returns whether that changed anything, which it does twice at most.
    #[inline]
    pub(crate) fn add(&mut self, other: Self) -> bool {
        debug_assert_ne!(other, Self::NOBODY, "only owners spread");
        let merged = match *self {
            Self::NOBODY => other,
            known if known == other => return false,
            Self::SEVERAL => return false,
            _ => Self::SEVERAL,
        };
        *self = merged;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_changes_twice_at_most() {
        let [a, b] = [Owner::one(NodeIx(1)), Owner::one(NodeIx(2))];
        let mut owner = Owner::NOBODY;
        assert_eq!(owner.sole(), None);
        assert!(owner.add(a));
        assert!(!owner.add(a));
        assert_eq!(owner.sole(), Some(NodeIx(1)));
        assert!(owner.add(b));
        assert_eq!((owner, owner.sole()), (Owner::SEVERAL, None));
        for other in [a, b, Owner::SEVERAL] {
            assert!(!owner.add(other));
        }
        let mut owner = Owner::NOBODY;
        assert!(owner.add(Owner::SEVERAL));
        assert_eq!(owner.sole(), None);
    }
}
