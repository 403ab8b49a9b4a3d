//! Builds small snapshots, so that tests read as graphs instead of as arrays
//! of numbers.

use std::collections::HashMap;

pub(crate) const NODE_KINDS: [&str; 15] = [
    "hidden",
    "array",
    "string",
    "object",
    "code",
    "closure",
    "regexp",
    "number",
    "native",
    "synthetic",
    "concatenated string",
    "sliced string",
    "symbol",
    "bigint",
    "object shape",
];
pub(crate) const EDGE_KINDS: [&str; 7] =
    ["context", "element", "property", "internal", "hidden", "shortcut", "weak"];

#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) id: u64,
    pub(crate) size: u64,
    pub(crate) detachedness: u64,
}

#[derive(Clone)]
pub(crate) struct Edge {
    pub(crate) from: usize,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) to: usize,
}

/// Node 0 is the root: synthetic, id 1, without name.
#[derive(Clone)]
pub(crate) struct SnapshotBuilder {
    pub(crate) nodes: Vec<Node>,
    pub(crate) edges: Vec<Edge>,
    pub(crate) locations: Vec<(usize, [u64; 3])>,
    /// Columns that no reader knows, before and after each known one.
    pub(crate) extra_columns: bool,
    /// Top-level keys that no reader knows, between the sections.
    pub(crate) extra_keys: bool,
    /// Put between any two tokens.
    pub(crate) space: &'static str,
}

impl Default for SnapshotBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl SnapshotBuilder {
    pub(crate) fn new() -> Self {
        let mut builder = Self {
            nodes: Vec::new(),
            edges: Vec::new(),
            locations: Vec::new(),
            extra_columns: false,
            extra_keys: false,
            space: "",
        };
        builder.node("synthetic", "", 1, 0);
        builder
    }

    pub(crate) fn node(&mut self, kind: &'static str, name: &str, id: u64, size: u64) -> usize {
        self.nodes.push(Node { kind, name: name.to_owned(), id, size, detachedness: 0 });
        self.nodes.len() - 1
    }

    pub(crate) fn detachedness(&mut self, node: usize, state: u64) {
        self.nodes[node].detachedness = state;
    }

    /// `name` of an element or hidden edge is a number; other text counts as 0.
    pub(crate) fn edge(&mut self, from: usize, kind: &'static str, name: &str, to: usize) {
        self.edges.push(Edge { from, kind, name: name.to_owned(), to });
    }

    /// The two edges that V8 writes for an entry of a `WeakMap`.
    pub(crate) fn ephemeron(&mut self, table: usize, key: usize, value: usize, number: usize) {
        let id = |node: usize| self.nodes[node].id;
        let part = format!(
            " / part of key (K @{}) -> value (V @{}) pair in WeakMap (table @{})",
            id(key),
            id(value),
            id(table)
        );
        self.edge(table, "internal", &format!("{}{part}", number + 1), value);
        self.edge(key, "internal", &format!("{number}{part}"), value);
    }

    /// The edges of each node, in file order.
    pub(crate) fn edges_of(&self, node: usize) -> impl Iterator<Item = &Edge> {
        self.edges.iter().filter(move |edge| edge.from == node)
    }

    /// Returns the text of the snapshot.
    #[allow(clippy::too_many_lines, reason = "a template of JSON, and its parts")]
    pub(crate) fn json(&self) -> String {
        let mut strings: Vec<String> = vec!["<dummy>".to_owned()];
        let mut known: HashMap<String, u64> = HashMap::new();
        let mut string = |text: &str| {
            *known.entry(text.to_owned()).or_insert_with(|| {
                strings.push(text.to_owned());
                strings.len() as u64 - 1
            })
        };
        let node_fields = ["type", "name", "id", "self_size", "edge_count", "detachedness"];
        let edge_fields = ["type", "name_or_index", "to_node"];
        let fields = |names: &[&str]| -> Vec<String> {
            let quoted = |name: &str| format!("\"{name}\"");
            if self.extra_columns {
                let mut all = vec![quoted("new0")];
                for name in names {
                    all.extend([quoted(name), quoted(&format!("new_{name}"))]);
                }
                all
            } else {
                names.iter().map(|name| quoted(name)).collect()
            }
        };
        let record = |values: &[u64], out: &mut Vec<String>| {
            if self.extra_columns {
                out.push("77".to_owned());
            }
            for value in values {
                out.push(value.to_string());
                if self.extra_columns {
                    out.push("4294967296".to_owned());
                }
            }
        };
        let width = fields(&node_fields).len() as u64;
        let position =
            |kinds: &[&str], kind: &str| kinds.iter().position(|k| *k == kind).unwrap() as u64;
        let mut edges_by_node: Vec<Vec<&Edge>> = vec![Vec::new(); self.nodes.len()];
        for edge in &self.edges {
            edges_by_node[edge.from].push(edge);
        }
        let mut nodes = Vec::new();
        let mut edges = Vec::new();
        for (node, out) in self.nodes.iter().zip(&edges_by_node) {
            let values = [
                position(&NODE_KINDS, node.kind),
                string(&node.name),
                node.id,
                node.size,
                out.len() as u64,
                node.detachedness,
            ];
            record(&values, &mut nodes);
            for edge in out {
                let name = match edge.kind {
                    "element" | "hidden" => edge.name.parse().unwrap_or(0),
                    _ => string(&edge.name),
                };
                let values = [position(&EDGE_KINDS, edge.kind), name, edge.to as u64 * width];
                record(&values, &mut edges);
            }
        }
        let mut locations = Vec::new();
        for (node, place) in &self.locations {
            locations.push((*node as u64 * width).to_string());
            locations.extend(place.iter().map(u64::to_string));
        }
        let strings: Vec<String> =
            strings.iter().map(|text| serde_json::to_string(text).unwrap()).collect();
        let kinds = |names: &[&str]| -> String {
            let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
            format!("[{}]", quoted.join(","))
        };
        let types = |names: &[&str], first: &str| {
            let all: Vec<String> = fields(names)
                .iter()
                .map(|name| if name == "\"type\"" { first.to_owned() } else { "\"x\"".to_owned() })
                .collect();
            all.join(",")
        };
        let s = self.space;
        let list = |items: &[String]| format!("[{s}{}{s}]", items.join(&format!("{s},{s}")));
        let unknown = |nth: usize| {
            if self.extra_keys {
                format!(
                    "{s}\"unknown{nth}\"{s}:{s}{{\"a\":[1,-2.5e3,[],{{}},\"]}}\\\"\"],\"b\":null}}{s},"
                )
            } else {
                String::new()
            }
        };
        format!(
            "{s}{{{}{s}\"snapshot\"{s}:{s}{{\"meta\":{{\"node_fields\":[{}],\"node_types\":[{}],\
             \"edge_fields\":[{}],\"edge_types\":[{}],\
             \"location_fields\":[\"object_index\",\"script_id\",\"line\",\"column\"]}},\
             \"node_count\":{},\"edge_count\":{}}}{s},{}{s}\"nodes\"{s}:{s}{}{s},{}{s}\"edges\"{s}:{s}{}{s},\
             {}{s}\"locations\"{s}:{s}{}{s},{s}\"strings\"{s}:{s}{}{s}}}{s}",
            unknown(0),
            fields(&node_fields).join(","),
            types(&node_fields, &kinds(&NODE_KINDS)),
            fields(&edge_fields).join(","),
            types(&edge_fields, &kinds(&EDGE_KINDS)),
            self.nodes.len(),
            self.edges.len(),
            unknown(1),
            list(&nodes),
            unknown(2),
            list(&edges),
            unknown(3),
            list(&locations),
            list(&strings),
        )
    }
}
