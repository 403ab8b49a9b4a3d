//! The owner of a node: none, one or several. For passes that propagate owners
//! along edges.

use crate::ids::NodeIx;

/// The owners of a node that are known so far: none, one node, or
/// [`Self::SEVERAL`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Owner(u32);

impl Owner {
    /// No node owns it.
    pub(crate) const NONE: Self = Self(u32::MAX);

    /// More than one node owns it. Which ones is not stored.
    pub(crate) const SEVERAL: Self = Self(u32::MAX - 1);

    /// Returns the owner that is `node` alone.
    #[inline]
    pub(crate) fn one(node: NodeIx) -> Self {
        debug_assert!(node.0 < Self::SEVERAL.0, "node counts are smaller");
        Self(node.0)
    }

    /// Returns the owner if there is exactly one.
    #[inline]
    pub(crate) fn sole(self) -> Option<NodeIx> {
        (self.0 < Self::SEVERAL.0).then_some(NodeIx(self.0))
    }

    /// Adds an owner, or several. Returns whether that changed anything.
    ///
    /// The value changes at most twice: from none to one, and to several.
    /// Passes rely on it for linear time.
    #[inline]
    pub(crate) fn add(&mut self, other: Self) -> bool {
        debug_assert_ne!(other, Self::NONE, "only owners spread");
        let merged = match *self {
            Self::NONE => other,
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
        let mut owner = Owner::NONE;
        assert_eq!(owner.sole(), None);
        assert!(owner.add(a));
        assert!(!owner.add(a));
        assert_eq!(owner.sole(), Some(NodeIx(1)));
        assert!(owner.add(b));
        assert_eq!((owner, owner.sole()), (Owner::SEVERAL, None));
        for other in [a, b, Owner::SEVERAL] {
            assert!(!owner.add(other));
        }
        let mut owner = Owner::NONE;
        assert!(owner.add(Owner::SEVERAL));
        assert_eq!(owner.sole(), None);
    }
}
