//! The positions and the meaning of the numbers of a snapshot, for code that processes the text of
//! a snapshot without building a graph, such as redaction.

use serde_json::Value;

use super::meta::{Header, KindTable};
use crate::error::{Error, ErrorKind};

/// The columns of a node or an edge that identify its name and its place in the graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowLayout {
    /// Number of columns. Never 0.
    pub width: usize,
    /// Position of the column with the number of the kind.
    pub kind: usize,
    /// Position of the column with the name: a position in the string table, or the index of an
    /// element or hidden edge.
    pub name: usize,
    /// Position of the column with the number of edges (of a node) or the target (of an edge).
    pub link: usize,
}

/// The layout of one snapshot, from its header.
///
/// V8 writes the sections in the order nodes, edges, strings. The header is the text before
/// [`NODES_START`].
///
/// [`NODES_START`]: Self::NODES_START
///
/// # Examples
/// ```
/// use heapsnapshot::Layout;
///
/// let header = br#"{"snapshot":{"meta":{
///     "node_fields":["type","name","id","self_size","edge_count"],
///     "node_types":[["hidden","string"]],
///     "edge_fields":["type","name_or_index","to_node"],
///     "edge_types":[["weak"]]},"node_count":3,"edge_count":2},
///     "#;
/// let layout = Layout::parse(header)?;
/// assert_eq!(layout.nodes().name, 1);
/// assert_eq!(layout.edge_count(), 2);
/// # Ok::<(), heapsnapshot::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Layout(Header);

impl Layout {
    /// V8's text at the end of the header and the start of the array of nodes.
    pub const NODES_START: &'static [u8] = b"\"nodes\":[";

    /// V8's text at the start of the array of edges.
    pub const EDGES_START: &'static [u8] = b"\"edges\":[";

    /// V8's text at the start of the string table.
    pub const STRINGS_START: &'static [u8] = b"\"strings\":[";

    /// A limit for the length of a header: many times that of any version of V8.
    pub const MAX_HEADER_BYTES: usize = 1 << 16;

    /// Parses a header: the whole text before [`NODES_START`](Self::NODES_START).
    ///
    /// # Errors
    /// [`ErrorKind::Parse`] if it is not JSON, [`ErrorKind::Unsupported`] if a column or count is
    /// missing, [`ErrorKind::Limit`] if it has too many columns or kinds.
    pub fn parse(header: &[u8]) -> Result<Self, Error> {
        let malformed = || Error::new(ErrorKind::Parse, "malformed header".to_owned());
        let members = header.trim_ascii_end().strip_suffix(b",").ok_or_else(malformed)?;
        let object = [members, b"}"].concat();
        let mut object: Value = serde_json::from_slice(&object).map_err(|_| malformed())?;
        let snapshot = object.get_mut("snapshot").map(Value::take).ok_or_else(malformed)?;
        Header::from_json(&snapshot).map(Self)
    }

    /// Returns the columns of a node.
    #[must_use]
    pub fn nodes(&self) -> RowLayout {
        let fields = &self.0.nodes;
        let (kind, name, link) = (fields.kind, fields.name, fields.edge_count);
        RowLayout { width: fields.len, kind, name, link }
    }

    /// Returns the columns of an edge.
    #[must_use]
    pub fn edges(&self) -> RowLayout {
        let fields = &self.0.edges;
        RowLayout { width: fields.len, kind: fields.kind, name: fields.name, link: fields.to }
    }

    /// Returns the number of nodes, as the header states it. The file was not checked.
    #[must_use]
    pub fn node_count(&self) -> u64 {
        self.0.node_count
    }

    /// Returns the number of edges, as the header states it. The file was not checked.
    #[must_use]
    pub fn edge_count(&self) -> u64 {
        self.0.edge_count
    }

    /// Returns the names of the kinds of nodes, by their number in the file.
    pub fn node_kinds(&self) -> impl Iterator<Item = &str> {
        names(&self.0.node_kinds)
    }

    /// Returns the names of the kinds of edges, by their number in the file.
    pub fn edge_kinds(&self) -> impl Iterator<Item = &str> {
        names(&self.0.edge_kinds)
    }
}

/// Returns the names of kinds, by their number in the file.
fn names(kinds: &KindTable) -> impl Iterator<Item = &str> {
    kinds.codes.iter().map(|&code| kinds.names.get(usize::from(code)).map_or("", String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = r#"{"snapshot":{"meta":{
        "node_fields":["id","type","name","self_size","new","edge_count"],
        "node_types":["number",["hidden","string","new kind","string"],"string"],
        "edge_fields":["to_node","type","name_or_index"],"edge_types":["node",["weak","new"]]},
        "node_count":3,"edge_count":2},
        "#;

    #[test]
    fn columns_are_found_by_their_names() {
        let layout = Layout::parse(HEADER.as_bytes()).unwrap();
        assert_eq!(layout.nodes(), RowLayout { width: 6, kind: 1, name: 2, link: 5 });
        assert_eq!(layout.edges(), RowLayout { width: 3, kind: 1, name: 2, link: 0 });
        assert_eq!((layout.node_count(), layout.edge_count()), (3, 2));
    }

    #[test]
    fn kinds_keep_their_numbers() {
        let layout = Layout::parse(HEADER.as_bytes()).unwrap();
        let kinds: Vec<&str> = layout.node_kinds().collect();
        assert_eq!(kinds, ["hidden", "string", "new kind", "string"]);
        assert_eq!(layout.edge_kinds().collect::<Vec<_>>(), ["weak", "new"]);
    }

    #[test]
    fn a_header_without_a_column_or_an_end_is_refused() {
        let unnamed = HEADER.replace("\"edge_count\"]", "\"edges\"]");
        let kind = Layout::parse(unnamed.as_bytes()).unwrap_err().kind();
        assert_eq!(kind, ErrorKind::Unsupported);
        for malformed in [&HEADER[..100], "", ",", "{},"] {
            let kind = Layout::parse(malformed.as_bytes()).unwrap_err().kind();
            assert_eq!(kind, ErrorKind::Parse, "{malformed}");
        }
    }
}
