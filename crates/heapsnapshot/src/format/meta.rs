//! The header: converts `snapshot.meta` to positions of columns and tables of
//! kinds. Columns are found by name, because their order and number differ
//! between versions of V8.

use serde_json::Value;

use super::Section;
use crate::error::{Error, ErrorKind};

/// The positions of the columns of a node record.
#[derive(Clone, Debug)]
pub(crate) struct NodeFields {
    /// Number of columns.
    pub(crate) len: usize,
    pub(crate) kind: usize,
    pub(crate) name: usize,
    pub(crate) id: usize,
    pub(crate) self_size: usize,
    pub(crate) edge_count: usize,
    /// Missing in recent V8, unless allocations were tracked.
    pub(crate) trace_node_id: Option<usize>,
    /// Missing in old V8.
    pub(crate) detachedness: Option<usize>,
}

/// The positions of the columns of an edge record.
#[derive(Clone, Debug)]
pub(crate) struct EdgeFields {
    /// Number of columns.
    pub(crate) len: usize,
    pub(crate) kind: usize,
    pub(crate) name: usize,
    pub(crate) to: usize,
}

/// The positions of the columns of a location record.
#[derive(Clone, Debug)]
pub(crate) struct LocationFields {
    /// Number of columns.
    pub(crate) len: usize,
    pub(crate) object: usize,
    pub(crate) script: usize,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// The positions of the columns of a sample record.
#[derive(Clone, Debug)]
pub(crate) struct SampleFields {
    /// Number of columns.
    pub(crate) len: usize,
    pub(crate) timestamp: usize,
    pub(crate) last_id: usize,
}

/// The positions of the columns of a function in allocation stacks.
#[derive(Clone, Debug)]
pub(crate) struct TraceFunctionFields {
    /// Number of columns.
    pub(crate) len: usize,
    pub(crate) name: usize,
    pub(crate) script_name: usize,
    pub(crate) script_id: usize,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// The positions of the columns of a node of the tree of allocation stacks.
#[derive(Clone, Debug)]
pub(crate) struct TraceNodeFields {
    /// Number of columns, without the last one: the nodes below.
    pub(crate) len: usize,
    pub(crate) id: usize,
    pub(crate) function: usize,
    pub(crate) count: usize,
    pub(crate) size: usize,
}

/// Converts the numbers of kinds in a file to the kinds of this crate.
#[derive(Clone, Debug)]
pub(crate) struct KindTable {
    /// By number in the file: the code in this crate.
    pub(crate) codes: Vec<u8>,
    /// By code: the name in the file.
    pub(crate) names: Vec<String>,
}

impl KindTable {
    /// Makes the table for the names in `file`. The names in `known` have the
    /// codes `0..known.len()`. Other names get the codes from `first_other` up.
    /// There are at most `max_codes` codes; all further kinds share the last
    /// one.
    fn new(file: &[String], known: &[&str], first_other: usize, max_codes: usize) -> Self {
        let mut names: Vec<String> = known.iter().map(|&name| name.to_owned()).collect();
        names.resize(first_other, String::new());
        let mut taken = vec![false; known.len()];
        let codes = file
            .iter()
            .map(|name| {
                // Like DevTools, which uses the first kind of a name: a second
                // one of the same name is an unknown kind.
                let code = match known.iter().position(|k| k == name) {
                    Some(code) if !taken[code] => {
                        taken[code] = true;
                        code
                    }
                    _ if names.len() < max_codes => {
                        names.push(name.clone());
                        names.len() - 1
                    }
                    _ => max_codes - 1,
                };
                u8::try_from(code).unwrap_or(u8::MAX)
            })
            .collect();
        Self { codes, names }
    }

    /// Returns the code of the kind with a number in the file.
    pub(crate) fn code(&self, number: u64) -> Option<u8> {
        self.codes.get(usize::try_from(number).ok()?).copied()
    }
}

/// The contents of the header that the reader needs before the first number.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) node_count: u64,
    pub(crate) edge_count: u64,
    /// Position of the root's first number in the array of nodes. 0 if V8 wrote
    /// none.
    pub(crate) root_index: u64,
    /// Bytes outside of V8's heap that belong to no node.
    pub(crate) extra_native_bytes: u64,
    pub(crate) nodes: NodeFields,
    pub(crate) edges: EdgeFields,
    /// `None` if the file does not describe locations.
    pub(crate) locations: Option<LocationFields>,
    /// `None` if the file does not describe samples.
    pub(crate) samples: Option<SampleFields>,
    /// `None` if the file does not describe the functions of allocation stacks.
    pub(crate) trace_functions: Option<TraceFunctionFields>,
    /// `None` if the file does not describe the tree of allocation stacks.
    pub(crate) trace_nodes: Option<TraceNodeFields>,
    pub(crate) node_kinds: KindTable,
    pub(crate) edge_kinds: KindTable,
}

/// Maximum number of columns of a record, far above V8's. Limits the buffer for
/// a record.
const MAX_FIELDS: usize = 64;

/// V8's names of the kinds of nodes, by [`NodeKind`](crate::NodeKind).
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

/// V8's names of the kinds of edges, by [`EdgeKind`](crate::EdgeKind).
pub(crate) const EDGE_KINDS: [&str; 7] =
    ["context", "element", "property", "internal", "hidden", "shortcut", "weak"];

/// Returns the error for a header that lacks something.
fn unsupported(message: String) -> Error {
    Error::new(ErrorKind::Unsupported, message).in_section("snapshot")
}

/// Returns the names of the columns in `meta[key]`.
fn field_names<'a>(meta: &'a Value, key: &str) -> Result<Vec<&'a str>, Error> {
    let Some(list) = meta.get(key).and_then(Value::as_array) else {
        return Err(unsupported(format!("meta.{key}: expected an array of column names")));
    };
    if list.len() > MAX_FIELDS {
        return Err(Error::new(ErrorKind::Limit, format!("meta.{key}: too many columns"))
            .with_limit(MAX_FIELDS as u64, list.len() as u64)
            .in_section("snapshot"));
    }
    Ok(list.iter().map(|name| name.as_str().unwrap_or("")).collect())
}

/// Returns the same, or `None` for a section that the snapshot does not
/// describe.
fn optional_field_names<'a>(meta: &'a Value, key: &str) -> Result<Option<Vec<&'a str>>, Error> {
    let is_described = meta.get(key).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    if is_described { field_names(meta, key).map(Some) } else { Ok(None) }
}

/// Returns the position of a column that the analysis needs.
fn column(names: &[&str], key: &str, column: &str) -> Result<usize, Error> {
    names
        .iter()
        .position(|name| *name == column)
        .ok_or_else(|| unsupported(format!("meta.{key}: required column \"{column}\" is missing")))
}

/// Returns the names of the kinds. They are the entry for the column `at` of
/// `meta[key]`.
fn kind_names(meta: &Value, key: &str, at: usize) -> Result<Vec<String>, Error> {
    let list = meta.get(key).and_then(|types| types.get(at)).and_then(Value::as_array);
    let Some(list) = list else {
        return Err(unsupported(format!("meta.{key}: expected the names of kinds")));
    };
    if list.len() > 256 {
        return Err(Error::new(ErrorKind::Limit, format!("meta.{key}: too many kinds"))
            .with_limit(256, list.len() as u64)
            .in_section("snapshot"));
    }
    Ok(list.iter().map(|name| name.as_str().unwrap_or("").to_owned()).collect())
}

/// Returns the number `key` of the header; 0 if it is missing and not required.
fn count(snapshot: &Value, key: &str, required: bool) -> Result<u64, Error> {
    match snapshot.get(key) {
        None | Some(Value::Null) if !required => Ok(0),
        None => Err(unsupported(format!("required field \"{key}\" is missing"))),
        Some(value) => value.as_u64().ok_or_else(|| {
            Error::new(ErrorKind::Parse, format!("{key}: expected a non-negative integer"))
                .in_section("snapshot")
        }),
    }
}

impl NodeFields {
    fn of(meta: &Value) -> Result<Self, Error> {
        let names = field_names(meta, "node_fields")?;
        let required = |name| column(&names, "node_fields", name);
        let optional = |name| names.iter().position(|n| *n == name);
        Ok(Self {
            len: names.len(),
            kind: required("type")?,
            name: required("name")?,
            id: required("id")?,
            self_size: required("self_size")?,
            edge_count: required("edge_count")?,
            trace_node_id: optional("trace_node_id"),
            detachedness: optional("detachedness"),
        })
    }
}

impl EdgeFields {
    fn of(meta: &Value) -> Result<Self, Error> {
        let names = field_names(meta, "edge_fields")?;
        let required = |name| column(&names, "edge_fields", name);
        Ok(Self {
            len: names.len(),
            kind: required("type")?,
            name: required("name_or_index")?,
            to: required("to_node")?,
        })
    }
}

impl LocationFields {
    fn of(meta: &Value) -> Result<Option<Self>, Error> {
        let Some(names) = optional_field_names(meta, "location_fields")? else { return Ok(None) };
        let required = |name| column(&names, "location_fields", name);
        Ok(Some(Self {
            len: names.len(),
            object: required("object_index")?,
            script: required("script_id")?,
            line: required("line")?,
            column: required("column")?,
        }))
    }
}

impl SampleFields {
    fn of(meta: &Value) -> Result<Option<Self>, Error> {
        let Some(names) = optional_field_names(meta, "sample_fields")? else { return Ok(None) };
        let required = |name| column(&names, "sample_fields", name);
        Ok(Some(Self {
            len: names.len(),
            timestamp: required("timestamp_us")?,
            last_id: required("last_assigned_id")?,
        }))
    }
}

impl TraceFunctionFields {
    fn of(meta: &Value) -> Result<Option<Self>, Error> {
        const KEY: &str = "trace_function_info_fields";
        let Some(names) = optional_field_names(meta, KEY)? else { return Ok(None) };
        let required = |name| column(&names, KEY, name);
        Ok(Some(Self {
            len: names.len(),
            name: required("name")?,
            script_name: required("script_name")?,
            script_id: required("script_id")?,
            line: required("line")?,
            column: required("column")?,
        }))
    }
}

impl TraceNodeFields {
    fn of(meta: &Value) -> Result<Option<Self>, Error> {
        const KEY: &str = "trace_node_fields";
        let Some(names) = optional_field_names(meta, KEY)? else { return Ok(None) };
        let required = |name| column(&names, KEY, name);
        let len = names.len() - 1;
        if required("children")? != len {
            return Err(unsupported(format!("meta.{KEY}: the last column must be \"children\"")));
        }
        Ok(Some(Self {
            len,
            id: required("id")?,
            function: required("function_info_index")?,
            count: required("count")?,
            size: required("size")?,
        }))
    }
}

impl Header {
    /// Returns the number of columns of `section`; 1 if the file does not
    /// describe it.
    pub(crate) fn width(&self, section: Section) -> usize {
        match section {
            Section::Nodes => self.nodes.len,
            Section::Edges => self.edges.len,
            Section::Locations => self.locations.as_ref().map_or(1, |fields| fields.len),
            Section::Samples => self.samples.as_ref().map_or(1, |fields| fields.len),
            Section::TraceFunctions => self.trace_functions.as_ref().map_or(1, |fields| fields.len),
        }
    }

    /// Parses the value of `snapshot`, which starts at `offset` of the input.
    ///
    /// # Errors
    /// [`ErrorKind::Parse`] if it is not JSON, [`ErrorKind::Unsupported`] if a
    /// column or count is missing, [`ErrorKind::Limit`] if it has too many
    /// columns or kinds.
    pub(crate) fn parse(json: &[u8], offset: u64) -> Result<Self, Error> {
        let snapshot: Value = serde_json::from_slice(json).map_err(|e| {
            Error::new(ErrorKind::Parse, format!("malformed header: {e}"))
                .in_section("snapshot")
                .at_offset(offset)
        })?;
        Self::from_json(&snapshot).map_err(|e| e.at_offset(offset))
    }

    /// Reads the parsed value of `snapshot`. Errors as [`Self::parse`].
    pub(super) fn from_json(snapshot: &Value) -> Result<Self, Error> {
        let meta = snapshot
            .get("meta")
            .filter(|meta| meta.is_object())
            .ok_or_else(|| unsupported("required field \"meta\" is missing".to_owned()))?;

        let nodes = NodeFields::of(meta)?;
        let edges = EdgeFields::of(meta)?;
        let node_kinds = kind_names(meta, "node_types", nodes.kind)?;
        let edge_kinds = kind_names(meta, "edge_types", edges.kind)?;
        Ok(Self {
            node_count: count(snapshot, "node_count", true)?,
            edge_count: count(snapshot, "edge_count", true)?,
            root_index: count(snapshot, "root_index", false)?,
            extra_native_bytes: count(snapshot, "extra_native_bytes", false)?,
            node_kinds: KindTable::new(&node_kinds, &NODE_KINDS, NODE_KINDS.len(), 255),
            // Code 7 is set aside for ephemeron edges, see `graph::EdgeKind`.
            edge_kinds: KindTable::new(&edge_kinds, &EDGE_KINDS, 8, 16),
            nodes,
            edges,
            locations: LocationFields::of(meta)?,
            samples: SampleFields::of(meta)?,
            trace_functions: TraceFunctionFields::of(meta)?,
            trace_nodes: TraceNodeFields::of(meta)?,
        })
    }
}
