//! Names of nodes as DevTools shows them.
//!
//! Inputs: kinds, raw names, some edges. Output: a text, computed on request.

use crate::graph::{EdgeKind, Graph, NodeKind};
use crate::ids::{NodeIx, StrIx};
use crate::text::{Text, TextBuf};

/// Length of the text of a concatenated string, in UTF-16 units, from which on
/// no part is added.
const MAX_CONS: usize = 1024;

/// Length of the name of a plain object, in UTF-16 units, up to which another
/// property is added.
const MAX_OBJECT: usize = 100;

/// Returns whether a property name contains a character that is ambiguous
/// inside braces: a comma, a quote or a brace.
pub(crate) fn has_confusing(name: Text<'_>) -> bool {
    name.as_bytes().iter().any(|b| matches!(b, b',' | b'\'' | b'"' | b'{' | b'}'))
}

/// Returns a property name as it appears inside braces: as a JSON string if it
/// contains an ambiguous character.
pub(crate) fn format_property(name: Text<'_>) -> TextBuf {
    if has_confusing(name) {
        let mut json = String::new();
        name.write_json(&mut json);
        json.into()
    } else {
        name.to_owned()
    }
}

/// Positions of the strings that decide on names. Equal texts can have several
/// positions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// `Object`, the class of plain objects.
    object: Vec<StrIx>,
    /// `first`, the edge to the left part of a concatenated string.
    first: Vec<StrIx>,
    /// `second`, the edge to the right part.
    second: Vec<StrIx>,
    /// `__proto__`, which names never contain.
    proto: Vec<StrIx>,
}

impl Names {
    /// Finds the strings. O(strings) time.
    pub(crate) fn new(graph: &Graph) -> Self {
        Self {
            object: graph.find_strings("Object"),
            first: graph.find_strings("first"),
            second: graph.find_strings("second"),
            proto: graph.find_strings("__proto__"),
        }
    }

    /// Returns whether `node` is an object of the class `Object`.
    pub(crate) fn is_plain_object(&self, graph: &Graph, node: NodeIx) -> bool {
        graph.is_kind(node, NodeKind::OBJECT) && self.object.contains(&graph.names[node])
    }

    /// Returns whether the displayed name of `node` is not its raw name.
    pub(crate) fn is_made(&self, graph: &Graph, node: NodeIx) -> bool {
        graph.is_kind(node, NodeKind::CONS_STRING) || self.is_plain_object(graph, node)
    }

    /// Returns whether a property is called `__proto__`.
    pub(crate) fn is_proto(&self, name: StrIx) -> bool {
        self.proto.contains(&name)
    }

    /// Returns the names of the properties of a plain object, in the order of
    /// the file, without `__proto__`.
    pub(crate) fn shape<'a>(
        &'a self,
        graph: &'a Graph,
        node: NodeIx,
    ) -> impl Iterator<Item = StrIx> + 'a {
        graph
            .out_at(node)
            .filter(|(_, edge)| edge.kind() == EdgeKind::PROPERTY)
            .map(|(at, _)| graph.edge_text(at))
            .filter(|&name| !self.is_proto(name))
    }

    /// Returns the name that DevTools shows for `node`, without quotes and
    /// other decoration.
    ///
    /// # Complexity
    /// O(1) time for most nodes; O(properties) for a plain object, and O(parts)
    /// for a concatenated string.
    pub(crate) fn display(&self, graph: &Graph, node: NodeIx) -> TextBuf {
        if graph.is_kind(node, NodeKind::CONS_STRING) {
            let mut text = TextBuf::new();
            self.join(graph, node, &mut text);
            text
        } else if self.is_plain_object(graph, node) {
            self.plain_object(graph, node)
        } else {
            graph.name(node).to_owned()
        }
    }

    /// Returns the left and the right part of a concatenated string; node 0 for
    /// a missing one.
    pub(crate) fn parts(&self, graph: &Graph, node: NodeIx) -> (NodeIx, NodeIx) {
        /// Stands for a missing part, as in DevTools: a part that is node 0 counts as
        /// missing.
        const MISSING: NodeIx = NodeIx(0);
        let (mut first, mut second) = (MISSING, MISSING);
        for (at, edge) in graph.out_at(node) {
            if edge.kind().public() == EdgeKind::INTERNAL {
                let name = graph.edge_text(at);
                if self.first.contains(&name) {
                    first = edge.to;
                } else if self.second.contains(&name) {
                    second = edge.to;
                }
            }
            if first != MISSING && second != MISSING {
                break;
            }
        }
        (first, second)
    }

    /// Appends the parts of a concatenated string, left to right, until the
    /// text has 1,024 UTF-16 units or more. A missing part, or one that is node
    /// 0, adds the name of node 0, as in DevTools.
    pub(crate) fn join(&self, graph: &Graph, node: NodeIx, text: &mut TextBuf) {
        let mut length = 0;
        let mut open = vec![node];
        // In a damaged file, a string can be a part of itself.
        let mut steps = graph.node_count().saturating_mul(2).min(1 << 20);
        while let Some(node) = open.pop() {
            if length >= MAX_CONS || steps == 0 {
                break;
            }
            steps -= 1;
            if !graph.is_kind(node, NodeKind::CONS_STRING) {
                let part = graph.name(node);
                length += part.utf16_len();
                text.push(part);
                continue;
            }
            let (first, second) = self.parts(graph, node);
            open.push(second);
            open.push(first);
        }
    }

    /// Returns the properties of a plain object in braces. Adds them from both
    /// ends towards the middle, so that a shortened name has both the first and
    /// the last ones.
    fn plain_object(&self, graph: &Graph, node: NodeIx) -> TextBuf {
        let properties: Vec<Text<'_>> =
            self.shape(graph, node).map(|name| graph.text(name)).collect();
        let (mut front, mut back) = (0, properties.len());
        let mut start = TextBuf::from("{");
        let mut start_length = 1;
        let mut ends: Vec<TextBuf> = Vec::new();
        let mut end_length = 1;
        let mut from_front = true;
        while front < back {
            let at = if from_front { front } else { back - 1 };
            let shown = format_property(properties[at]);
            let added = shown.as_text().utf16_len();
            if start_length > 1 && start_length + end_length + added > MAX_OBJECT {
                break;
            }
            if from_front {
                if start_length > 1 {
                    start.push_str(", ");
                    start_length += 2;
                }
                start.push(shown.as_text());
                start_length += added;
                front += 1;
            } else {
                if end_length > 1 {
                    end_length += 2;
                    ends.push(TextBuf::from(", "));
                }
                ends.push(shown);
                end_length += added;
                back -= 1;
            }
            from_front = !from_front;
        }
        if front < back {
            start.push_str(", …");
        }
        if end_length > 1 {
            start.push_str(", ");
        }
        for part in ends.iter().rev() {
            start.push(part.as_text());
        }
        start.push_str("}");
        start
    }
}
