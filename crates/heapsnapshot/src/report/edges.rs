//! Names of edges as DevTools shows and compares them.

use crate::analysis::Analysis;
use crate::graph::{EdgeKind, EdgeName};
use crate::ids::EdgeIx;
use crate::pass::distances::parse_int;
use crate::text::{Text, TextBuf};

impl Analysis {
    /// Returns the name that DevTools shows for `edge`: for elements and hidden
    /// edges, the index as decimal text; for a shortcut whose name starts with
    /// a number, that number; otherwise the name.
    ///
    /// Allocates the text. O(length) time.
    #[must_use]
    pub fn edge_label(&self, edge: EdgeIx) -> TextBuf {
        match self.graph.edge_name(edge) {
            EdgeName::Index(index) => TextBuf::from(index.to_string()),
            EdgeName::Str(ix) => {
                let text = self.graph.text(ix);
                if self.graph.edge_kind(edge) == EdgeKind::SHORTCUT
                    && let Some(number) = parse_int(text)
                {
                    return TextBuf::from(number.to_string());
                }
                text.to_owned()
            }
        }
    }

    /// Calls `look` with the name that DevTools shows for `edge`, without
    /// copying it.
    pub(super) fn with_label<T>(&self, edge: EdgeIx, look: impl FnOnce(Text<'_>) -> T) -> T {
        match self.graph.edge_name(edge) {
            EdgeName::Index(index) => look(Text(itoa::Buffer::new().format(index).as_bytes())),
            EdgeName::Str(ix) if self.graph.edge_kind(edge) != EdgeKind::SHORTCUT => {
                look(self.graph.text(ix))
            }
            EdgeName::Str(_) => look(self.edge_label(edge).as_text()),
        }
    }

    /// Returns whether the name of `edge` is `__proto__`, which DevTools sorts
    /// last.
    pub(super) fn is_proto(&self, edge: EdgeIx) -> bool {
        match self.graph.edge_name(edge) {
            EdgeName::Index(_) => false,
            EdgeName::Str(ix) => self.names.is_proto(ix),
        }
    }

    /// Returns whether `edge` has a name and not a number, in the sense of
    /// DevTools' sorting.
    pub(crate) fn is_named(&self, edge: EdgeIx) -> bool {
        match self.graph.edge_name(edge) {
            EdgeName::Index(_) => false,
            EdgeName::Str(ix) => {
                self.graph.edge_kind(edge) != EdgeKind::SHORTCUT
                    || parse_int(self.graph.text(ix)).is_none()
            }
        }
    }
}
