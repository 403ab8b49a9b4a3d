//! What the numbers of a snapshot mean, by its header.

use super::super::header;

/// What the name of a node is, by the node's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum NodeRole {
    /// The content of a string, a regular expression or a number.
    Text,
    /// Spelt by the program: a class or a function.
    Program,
    /// As `Program`, or the address of a script.
    Code,
    /// Spelt by V8.
    Engine,
    /// Spelt by V8; the node may be the symbol of a private name.
    Hidden,
    /// Spelt by V8; the node may be the list of names that objects of one shape share.
    Shape,
}

/// What the name of an edge is, by the edge's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EdgeRole {
    /// A number.
    Index,
    /// Spelt by the program: a property.
    Property,
    /// Spelt by the program: a variable.
    Variable,
    /// Spelt by V8.
    Engine,
    /// Spelt by V8: of the root to a global object.
    Global,
}

/// Where the numbers of a row are, and what kinds there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    pub(super) nodes: Row,
    pub(super) edges: Row,
    pub(super) node_roles: Vec<NodeRole>,
    pub(super) edge_roles: Vec<EdgeRole>,
}

/// Positions within the row of a node or an edge.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    pub(super) width: usize,
    pub(super) kind: usize,
    pub(super) name: usize,
    /// Of a node the number of its edges, of an edge its target.
    pub(super) link: usize,
}

impl Columns {
    pub(super) fn parse(header: &[u8]) -> Option<Self> {
        let snapshot = header::parse(header)?;
        let meta = snapshot.get("meta")?;
        let row = |fields: &str, name: &str, link: &str| {
            let fields = meta.get(fields)?.as_array()?;
            let position = |name: &str| fields.iter().position(|field| field == name);
            let (kind, name, link) = (position("type")?, position(name)?, position(link)?);
            Some(Row { width: fields.len(), kind, name, link })
        };
        let kinds = |types: &str, at: usize| {
            let kinds = meta.get(types)?.as_array()?.get(at)?.as_array()?;
            Some(kinds.iter().map(|kind| kind.as_str().unwrap_or_default()).collect::<Vec<_>>())
        };
        let nodes = row("node_fields", "name", "edge_count")?;
        let edges = row("edge_fields", "name_or_index", "to_node")?;
        let node_kinds = kinds("node_types", nodes.kind)?;
        // V8 of Node 18 has no kind of its own for shapes.
        let shape = if node_kinds.contains(&"object shape") { "object shape" } else { "hidden" };
        let node_role = |kind: &&str| match *kind {
            kind if kind == shape => NodeRole::Shape,
            "string" | "regexp" | "number" | "bigint" => NodeRole::Text,
            "hidden" => NodeRole::Hidden,
            "array" | "synthetic" | "concatenated string" | "sliced string" => NodeRole::Engine,
            "code" => NodeRole::Code,
            _ => NodeRole::Program,
        };
        let edge_role = |kind: &&str| match *kind {
            "element" | "hidden" => EdgeRole::Index,
            "context" => EdgeRole::Variable,
            "internal" | "weak" => EdgeRole::Engine,
            "shortcut" => EdgeRole::Global,
            _ => EdgeRole::Property,
        };
        Some(Self {
            nodes,
            edges,
            node_roles: node_kinds.iter().map(node_role).collect(),
            edge_roles: kinds("edge_types", edges.kind)?.iter().map(edge_role).collect(),
        })
    }

    /// The role of a kind of node; of one that is not known, the one that is looked at closest.
    pub(super) fn node_role(&self, kind: u64) -> NodeRole {
        let role = usize::try_from(kind).ok().and_then(|kind| self.node_roles.get(kind));
        role.copied().unwrap_or(NodeRole::Program)
    }

    /// The same for edges.
    pub(super) fn edge_role(&self, kind: u64) -> EdgeRole {
        let role = usize::try_from(kind).ok().and_then(|kind| self.edge_roles.get(kind));
        role.copied().unwrap_or(EdgeRole::Property)
    }
}
