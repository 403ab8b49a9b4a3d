//! Minimal snapshots in which each string has one use.

use std::fmt::Write as _;
use std::ops::Range;

use super::planted::Place;

const NODE_KINDS: [&str; 15] = [
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
const EDGE_KINDS: [&str; 7] =
    ["context", "element", "property", "internal", "hidden", "shortcut", "weak"];

/// Number of properties of a large shape.
const MANY: usize = 25;

struct Node {
    kind: &'static str,
    name: usize,
    edges: Vec<Edge>,
}

struct Edge {
    kind: &'static str,
    name: usize,
    to: usize,
}

/// Strings 0 to 4 are in every snapshot.
pub(crate) struct Graph {
    strings: Vec<String>,
    nodes: Vec<Node>,
    /// Nodes of the property names in one large shape.
    large: Vec<usize>,
    has_extra_columns: bool,
}

const EMPTY: usize = 1;
const OBJECT: usize = 2;
const DESCRIPTORS: usize = 3;
const ENTRY: usize = 4;

impl Graph {
    pub(crate) fn new(has_extra_columns: bool) -> Self {
        let strings = ["<dummy>", "", "Object", "system / DescriptorArray", "1"];
        let strings = strings.map(str::to_owned).to_vec();
        let root = Node { kind: "synthetic", name: EMPTY, edges: Vec::new() };
        Self { strings, nodes: vec![root], large: Vec::new(), has_extra_columns }
    }

    /// Adds an escaped text with a use.
    pub(crate) fn plant(&mut self, text: &str, place: Place) {
        let name = self.string(text);
        let pick = |kinds: &[&'static str]| kinds[name % kinds.len()];
        match place {
            Place::Unreferenced => {}
            Place::Content => _ = self.node(pick(&["string", "regexp", "number", "bigint"]), name),
            Place::Name => _ = self.node(pick(&["closure", "object", "native"]), name),
            Place::Engine => _ = self.node(pick(&["hidden", "array", "synthetic"]), name),
            Place::Class => _ = self.node(pick(&["closure", "object", "symbol"]), name),
            Place::Address => _ = self.node("code", name),
            Place::Origin => _ = self.node("hidden", name),
            Place::Symbol => self.property(name),
            Place::Key => {
                self.node("string", name);
                self.property(name);
            }
            Place::Record => {
                let key = self.node("string", name);
                self.shape(&[key]);
                self.property(name);
            }
            Place::LargeRecord => {
                let key = self.node("string", name);
                self.large.push(key);
                self.property(name);
            }
            Place::WeakPair => self.nodes[0].edges.push(Edge { kind: "internal", name, to: 0 }),
        }
    }

    fn string(&mut self, text: &str) -> usize {
        self.strings.push(text.to_owned());
        self.strings.len() - 1
    }

    fn node(&mut self, kind: &'static str, name: usize) -> usize {
        self.nodes.push(Node { kind, name, edges: Vec::new() });
        self.nodes.len() - 1
    }

    /// Adds an object with the property `name`.
    fn property(&mut self, name: usize) {
        let object = self.node("object", OBJECT);
        let edges = &mut self.nodes[object].edges;
        edges.push(Edge { kind: "element", name: 7, to: object });
        edges.push(Edge { kind: "property", name, to: 0 });
    }

    /// Adds the descriptor array of a shape, given its strings.
    fn shape(&mut self, keys: &[usize]) {
        let shape = self.node("object shape", DESCRIPTORS);
        let edge = |&to: &usize| Edge { kind: "internal", name: ENTRY, to };
        self.nodes[shape].edges = keys.iter().map(edge).collect();
    }

    /// Adds names until the large shape is large.
    fn end_large_shape(&mut self) {
        if self.large.is_empty() {
            return;
        }
        for nth in self.large.len()..MANY {
            let name = self.string(&format!("filler{nth}"));
            let key = self.node("string", name);
            self.large.push(key);
            self.property(name);
        }
        let keys = std::mem::take(&mut self.large);
        self.shape(&keys);
    }

    /// Returns the snapshot, and the position of its table of strings.
    pub(crate) fn into_text(mut self) -> (Vec<u8>, Range<usize>) {
        self.end_large_shape();
        let mut text = self.header();
        let width = 6 + usize::from(self.has_extra_columns);
        let row = |text: &mut String, is_first: bool, values: &[usize]| {
            let values: Vec<String> = values.iter().map(usize::to_string).collect();
            let extra = if self.has_extra_columns { "4294967297," } else { "" };
            let start = if is_first { "" } else { "," };
            let _ = writeln!(text, "{start}{extra}{}", values.join(","));
        };
        let position = |kinds: &[&str], kind| kinds.iter().position(|&k| k == kind).unwrap_or(0);
        text.push_str("\"nodes\":[");
        for (at, node) in self.nodes.iter().enumerate() {
            let kind = position(&NODE_KINDS, node.kind);
            row(&mut text, at == 0, &[kind, node.name, 2 * at + 1, 16, node.edges.len(), 0]);
        }
        text.push_str("],\n\"edges\":[");
        let edges = self.nodes.iter().flat_map(|node| &node.edges);
        for (at, edge) in edges.enumerate() {
            let kind = position(&EDGE_KINDS, edge.kind);
            row(&mut text, at == 0, &[kind, edge.name, edge.to * width]);
        }
        text.push_str("],\n\"trace_function_infos\":[],\n\"locations\":[],\n\"strings\":[");
        let start = text.len();
        let strings: Vec<String> =
            self.strings.iter().map(|string| format!("\"{string}\"")).collect();
        text.push_str(&strings.join(",\n"));
        let table = start..text.len();
        text.push_str("]}\n");
        (text.into_bytes(), table)
    }

    fn header(&self) -> String {
        let list = |names: &[&str]| format!("[\"{}\"]", names.join("\",\""));
        let (extra, other) = if self.has_extra_columns { ("\"new\",", "\"x\",") } else { ("", "") };
        let edge_count: usize = self.nodes.iter().map(|node| node.edges.len()).sum();
        format!(
            "{{\"snapshot\":{{\"meta\":{{\"node_fields\":[{extra}\"type\",\"name\",\"id\",\
             \"self_size\",\"edge_count\",\"detachedness\"],\"node_types\":[{other}{}],\
             \"edge_fields\":[{extra}\"type\",\"name_or_index\",\"to_node\"],\
             \"edge_types\":[{other}{}]}},\"node_count\":{},\"edge_count\":{edge_count}}},\n",
            list(&NODE_KINDS),
            list(&EDGE_KINDS),
            self.nodes.len(),
        )
    }
}
