//! The meaning of the numbers of a snapshot, from its header.

use heapsnapshot::{Layout, RowLayout};

/// The meaning of a node's name, by the node's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum NodeRole {
    /// The content of a string, a regular expression or a number.
    Text,
    /// Written by the program: the name of a class or a function.
    Program,
    /// As `Program`, or the address of a script.
    Code,
    /// Written by V8.
    Engine,
    /// Written by V8; the node can be the symbol of a private name.
    Hidden,
    /// Written by V8; the node can be the descriptor array that objects of one shape share.
    Shape,
}

/// The meaning of an edge's name, by the edge's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EdgeRole {
    /// A number.
    Index,
    /// Written by the program: a property.
    Property,
    /// Written by the program: a variable.
    Variable,
    /// Written by V8.
    Engine,
    /// Written by V8: an edge from the root to a global object.
    Global,
}

/// The columns of the rows, and the kinds of nodes and edges.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    pub(super) nodes: RowLayout,
    pub(super) edges: RowLayout,
    pub(super) node_roles: Vec<NodeRole>,
    pub(super) edge_roles: Vec<EdgeRole>,
    /// Maximum number of strings in the table. Bounds the memory that a wrong number can cost.
    pub(super) max_strings: u64,
}

/// Maximum number of strings besides the names of nodes and edges.
const MAX_OTHER_STRINGS: u64 = 1 << 20;

impl Columns {
    /// Parses a header. Returns `None` if its format is unknown.
    pub(super) fn parse(header: &[u8]) -> Option<Self> {
        let layout = Layout::parse(header).ok()?;
        // V8 of Node 18 has no separate kind for shapes.
        let has_shapes = layout.node_kinds().any(|kind| kind == "object shape");
        let shape = if has_shapes { "object shape" } else { "hidden" };
        let node_role = |kind: &str| match kind {
            kind if kind == shape => NodeRole::Shape,
            "string" | "regexp" | "number" | "bigint" => NodeRole::Text,
            "hidden" => NodeRole::Hidden,
            "array" | "synthetic" | "concatenated string" | "sliced string" => NodeRole::Engine,
            "code" => NodeRole::Code,
            _ => NodeRole::Program,
        };
        let edge_role = |kind: &str| match kind {
            "element" | "hidden" => EdgeRole::Index,
            "context" => EdgeRole::Variable,
            "internal" | "weak" => EdgeRole::Engine,
            "shortcut" => EdgeRole::Global,
            _ => EdgeRole::Property,
        };
        Some(Self {
            nodes: layout.nodes(),
            edges: layout.edges(),
            node_roles: layout.node_kinds().map(node_role).collect(),
            edge_roles: layout.edge_kinds().map(edge_role).collect(),
            max_strings: layout
                .node_count()
                .saturating_add(layout.edge_count())
                .saturating_mul(2)
                .saturating_add(MAX_OTHER_STRINGS),
        })
    }

    /// Returns the index of a string. `None` if no table can be that long.
    pub(super) fn string(&self, number: u64) -> Option<u32> {
        u32::try_from(number).ok().filter(|_| number < self.max_strings)
    }

    /// Returns the role of a kind of node. Unknown kinds get the role with the strictest redaction.
    pub(super) fn node_role(&self, kind: u64) -> NodeRole {
        let role = usize::try_from(kind).ok().and_then(|kind| self.node_roles.get(kind));
        role.copied().unwrap_or(NodeRole::Program)
    }

    /// Returns the role of a kind of edge. Unknown kinds get the role with the strictest redaction.
    pub(super) fn edge_role(&self, kind: u64) -> EdgeRole {
        let role = usize::try_from(kind).ok().and_then(|kind| self.edge_roles.get(kind));
        role.copied().unwrap_or(EdgeRole::Property)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(node_kinds: &str) -> Columns {
        let header = format!(
            r#"{{"snapshot":{{"meta":{{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[[{node_kinds}]],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["context","element","property","internal","hidden","shortcut","weak","new"]]}},"node_count":3,"edge_count":2}},"#
        );
        Columns::parse(header.as_bytes()).unwrap()
    }

    #[test]
    fn unknown_kinds_are_looked_at_closest() {
        let columns = columns("\"hidden\",\"string\",\"new\",\"object shape\"");
        let roles: Vec<NodeRole> = (0..5).map(|kind| columns.node_role(kind)).collect();
        let (program, shape) = (NodeRole::Program, NodeRole::Shape);
        assert_eq!(roles, [NodeRole::Hidden, NodeRole::Text, program, shape, program]);
        assert_eq!(columns.edge_role(0), EdgeRole::Variable);
        assert_eq!(columns.edge_role(5), EdgeRole::Global);
        assert_eq!(columns.edge_role(7), EdgeRole::Property);
        assert_eq!(columns.edge_role(u64::MAX), EdgeRole::Property);
    }

    #[test]
    fn hidden_nodes_are_shapes_where_no_kind_is_for_these() {
        assert_eq!(columns("\"hidden\",\"string\"").node_role(0), NodeRole::Shape);
    }

    #[test]
    fn a_string_that_no_table_can_have_is_refused() {
        let columns = columns("\"string\"");
        assert_eq!(columns.string(5), Some(5));
        assert_eq!(columns.string(MAX_OTHER_STRINGS + 10), None);
        assert_eq!(columns.string(1 << 32), None);
    }
}
