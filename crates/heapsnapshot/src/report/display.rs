//! Names of very many nodes in a row. Most plain objects have the same
//! properties as another one, and therefore the same name.

use crate::analysis::Analysis;
use crate::ids::{NodeIx, StrIx, to_u32};
use crate::text::{Text, TextBuf};

/// Number of cached shapes. A power of two.
const SLOTS: usize = 1 << 10;

/// A cache of a value that depends on the name of a plain object, by the
/// properties of the object.
pub(super) struct ByShape<T> {
    /// By hash of a shape: the latest shape and its value.
    slots: Vec<Option<(Vec<StrIx>, T)>>,
    /// Memory for the shape that is looked up.
    shape: Vec<StrIx>,
}

impl<T> Default for ByShape<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), shape: Vec::new() }
    }
}

impl<T> ByShape<T> {
    /// Returns the value for the properties of the plain object `node`. Calls
    /// `make` with its name if it is not cached.
    pub(super) fn of(
        &mut self,
        analysis: &Analysis,
        node: NodeIx,
        make: impl FnOnce(TextBuf) -> T,
    ) -> &T {
        let Analysis { graph, names, .. } = analysis;
        self.shape.clear();
        self.shape.extend(names.shape(graph, node));
        let mix =
            |hash: u32, &name: &StrIx| (hash ^ name.0).wrapping_mul(0x9E37_79B1).rotate_left(15);
        let hash = self.shape.iter().fold(to_u32(self.shape.len()), mix);
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, || None);
        }
        let slot = &mut self.slots[hash as usize % SLOTS];
        if slot.as_ref().is_none_or(|(shape, _)| *shape != self.shape) {
            *slot = None;
        }
        let (_, found) = slot.get_or_insert_with(|| {
            let name = names.display(graph, node);
            (self.shape.clone(), make(name))
        });
        found
    }
}

/// Returns displayed names, and reuses the memory for them.
#[derive(Default)]
pub(super) struct DisplayNames {
    objects: ByShape<TextBuf>,
    joined: TextBuf,
}

impl DisplayNames {
    /// Returns the name that DevTools shows for `node`.
    pub(super) fn of<'a>(&'a mut self, analysis: &'a Analysis, node: NodeIx) -> Text<'a> {
        let Analysis { graph, names, .. } = analysis;
        if names.is_plain_object(graph, node) {
            self.objects.of(analysis, node, |name| name).as_text()
        } else if names.is_made(graph, node) {
            joined(analysis, node, &mut self.joined)
        } else {
            graph.name(node)
        }
    }
}

/// Writes the text of a concatenated string to `text`, and returns it.
pub(super) fn joined<'a>(analysis: &Analysis, node: NodeIx, text: &'a mut TextBuf) -> Text<'a> {
    text.clear();
    analysis.names.join(&analysis.graph, node, text);
    text.as_text()
}
