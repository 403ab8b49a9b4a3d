//! Checks single records of nodes and edges, and appends them to the graph.

use super::divisor::ExactDivisor;
use super::sums::{Largest, Sums, position};
use super::{Detachedness, EdgeKind, Graph, NodeKind};
use crate::error::{Error, ErrorKind};
use crate::format::{Header, MAX_INTEGER};
use crate::ids::{Idx, NodeId, NodeIx, StrIx};

/// A number that is refused.
pub(super) struct BadField {
    /// Its column in the record.
    pub(super) column: usize,
    /// The reason.
    pub(super) error: Error,
}

impl BadField {
    /// Returns the error for a number that contradicts another part of the file.
    pub(super) fn inconsistent(column: usize, message: String) -> Self {
        Self { column, error: inconsistent(message) }
    }
}

/// Returns an error of the kind [`ErrorKind::Inconsistent`].
pub(super) fn inconsistent(message: String) -> Error {
    Error::new(ErrorKind::Inconsistent, message)
}

/// Returns `value` in 32 bits, or an error that mentions `name`.
pub(super) fn narrow(value: u64, column: usize, name: &str) -> Result<u32, BadField> {
    u32::try_from(value).map_err(|_| BadField {
        column,
        error: Error::new(ErrorKind::Limit, format!("{name} {value} is beyond 32 bits"))
            .with_limit(u64::from(u32::MAX), value),
    })
}

/// Appends a node.
///
/// # Errors
/// The first number of the record that is refused: a kind, name or count that
/// cannot be, or a sum that gets too large.
pub(super) fn node(
    graph: &mut Graph,
    header: &Header,
    sums: &mut Sums,
    record: &[u64],
) -> Result<(), BadField> {
    let fields = &header.nodes;
    let index = graph.kinds.len() as u64;
    if index >= header.node_count {
        let message = format!("more nodes than node_count {}", header.node_count);
        return Err(BadField::inconsistent(0, message));
    }
    let Some(kind) = header.node_kinds.code(record[fields.kind]) else {
        let message = format!("type {} is not among the node types", record[fields.kind]);
        return Err(BadField::inconsistent(fields.kind, message));
    };
    let name = narrow(record[fields.name], fields.name, "name")?;
    sums.largest_name.offer(name, || index);
    let id = narrow(record[fields.id], fields.id, "id")?;
    let edges = narrow(record[fields.edge_count], fields.edge_count, "edge_count")?;
    sums.edges += u64::from(edges);
    if sums.edges > header.edge_count {
        let message =
            format!("the edge counts of the nodes so far exceed edge_count {}", header.edge_count);
        return Err(BadField::inconsistent(fields.edge_count, message));
    }
    let size = record[fields.self_size];
    sums.sizes = sums.sizes.saturating_add(size);
    if sums.sizes > MAX_INTEGER {
        let error = Error::new(ErrorKind::Limit, "the self sizes so far exceed 2^53")
            .with_limit(MAX_INTEGER, sums.sizes);
        return Err(BadField { column: fields.self_size, error });
    }
    let detachedness = match fields.detachedness {
        None => Detachedness::Unknown,
        Some(column) => Detachedness::from_code(record[column]).ok_or_else(|| {
            let message = format!("detachedness {} is not 0, 1 or 2", record[column]);
            BadField::inconsistent(column, message)
        })?,
    };
    if let Some(column) = fields.trace_node_id {
        let trace = narrow(record[column], column, "trace_node_id")?;
        // Nearly always all zero: the column exists from the first other value on.
        if trace != 0 || !graph.trace_node_ids.is_empty() {
            graph.trace_node_ids.resize(graph.kinds.len(), 0);
            graph.trace_node_ids.push(trace);
        }
    }
    graph.kinds.push(NodeKind(kind));
    graph.names.push(StrIx(name));
    graph.ids.push(NodeId(id));
    graph.self_sizes.push(size);
    graph.first_edges.extend(std::iter::once(u64::from(edges)));
    if detachedness != Detachedness::Unknown {
        graph.detachedness.push((NodeIx::at(graph.kinds.len() - 1), detachedness));
    }
    Ok(())
}

/// Appends an edge. `width` divides by the number of columns of a node.
///
/// # Errors
/// The first number of the record that is refused: an unknown kind, or a target
/// that is not the position of a node.
pub(super) fn edge(
    graph: &mut Graph,
    header: &Header,
    width: ExactDivisor,
    largest: &mut Largest,
    record: &[u64],
) -> Result<(), BadField> {
    let fields = &header.edges;
    let index = graph.edges.len() as u64;
    if index >= header.edge_count {
        let message = format!("more edges than edge_count {}", header.edge_count);
        return Err(BadField::inconsistent(0, message));
    }
    let Some(kind) = header.edge_kinds.code(record[fields.kind]) else {
        let message = format!("type {} is not among the edge types", record[fields.kind]);
        return Err(BadField::inconsistent(fields.kind, message));
    };
    let kind = EdgeKind(kind);
    let name = narrow(record[fields.name], fields.name, "name_or_index")?;
    if kind.is_known() && !kind.has_index() {
        largest.offer(name, || index);
    }
    let to = record[fields.to];
    let node = width.divide(to);
    if node >= header.node_count {
        let message = format!("to_node {to} is not the position of a node");
        return Err(BadField::inconsistent(fields.to, message));
    }
    graph.edges.push(position(node), kind, name);
    Ok(())
}
