//! Stores ordinary records, hundreds at a time.
//!
//! The [`Builder`](super::Builder) can check records one by one and report what
//! is wrong with one. Nearly always, nothing is wrong. This module therefore
//! checks a piece of a section as a whole, in loops without branches. It stores
//! either all records of the piece, or none and leaves the piece to the
//! builder.

#![allow(
    clippy::cast_possible_truncation,
    reason = "a piece with a value that narrowing would change is not stored"
)]

use super::divisor::ExactDivisor;
use super::sums::{Largest, Sums};
use super::{Detachedness, EdgeKind, Graph, NodeKind};
use crate::format::{Header, MAX_INTEGER};
use crate::ids::{Idx, NodeId, NodeIx, StrIx};

/// Records per piece. They fit into the first-level cache, together with the
/// columns that they are written to.
pub(super) const PIECE: usize = 512;

/// The facts about a kind that [`edges`] needs.
#[derive(Clone, Copy)]
struct Label {
    /// The kind.
    kind: EdgeKind,
    /// All ones if the name is a string, else zero.
    names: u32,
    /// [`ODD`] if there is no such kind.
    missing: u64,
}

/// The sign bit. Set in a checksum if a record needs a closer look.
const ODD: u64 = 1 << 63;

/// Length of the table of labels: more than V8 has kinds. The last entry stands
/// for all larger numbers.
const KINDS: usize = 16;

/// Returns the facts about each kind, by its number in the file.
fn labels(header: &Header) -> [Label; KINDS] {
    let mut labels = [Label { kind: EdgeKind::CONTEXT, names: 0, missing: ODD }; KINDS];
    for (label, &code) in labels[..KINDS - 1].iter_mut().zip(&header.edge_kinds.codes) {
        let kind = EdgeKind(code);
        let is_name = kind.is_known() && !kind.has_index();
        *label = Label { kind, names: if is_name { u32::MAX } else { 0 }, missing: 0 };
    }
    labels
}

/// Appends the edges of `values`, whole records of three columns. Returns
/// whether it did; if not, nothing changed.
pub(super) fn edges(
    graph: &mut Graph,
    header: &Header,
    largest: &mut Largest,
    values: &[u64],
) -> bool {
    let (records, _) = values.as_chunks::<3>();
    let before = graph.edges.len();
    if (before + records.len()) as u64 > header.edge_count {
        return false;
    }
    let width = ExactDivisor::new(header.nodes.len as u64);
    let labels = labels(header);
    let [kind_at, name_at, to_at] =
        [header.edges.kind, header.edges.name, header.edges.to].map(|column| column.min(2));
    // Negative (the sign bit is set) if `value` is not below `limit`.
    let room = |limit: u64, value: u64| (limit - 1).wrapping_sub(value);
    let names = u64::from(graph.edges.name_limit());
    let mut odd = 0u64;
    let mut largest_name = 0u32;
    graph.edges.extend(records.iter().map(|record| {
        let (name, to) = (record[name_at], width.quotient(record[to_at]));
        let label = labels[record[kind_at].min(KINDS as u64 - 1) as usize];
        // Dividing with a remainder can give a quotient with the sign bit set.
        odd |= label.missing | room(names, name) | room(header.node_count, to) | to;
        // If narrowing changes a value, `odd` is set.
        largest_name = largest_name.max(name as u32 & label.names);
        (NodeIx(to as u32), label.kind, name as u32)
    }));
    if odd & ODD != 0 {
        graph.edges.truncate(before);
        return false;
    }
    largest.offer(largest_name, || {
        let is_it = |record: &[u64; 3]| {
            record[name_at] == u64::from(largest_name)
                && labels[record[kind_at].min(KINDS as u64 - 1) as usize].names != 0
        };
        (before + records.iter().position(is_it).unwrap_or(0)) as u64
    });
    true
}

/// Appends the nodes of `values`, whole records of `WIDTH` columns. Returns
/// whether it did; if not, nothing changed.
pub(super) fn nodes<const WIDTH: usize>(
    graph: &mut Graph,
    header: &Header,
    sums: &mut Sums,
    values: &[u64],
) -> bool {
    let fields = &header.nodes;
    let (records, _) = values.as_chunks::<WIDTH>();
    let before = graph.kinds.len();
    if (before + records.len()) as u64 > header.node_count {
        return false;
    }
    // A column is always within its record; `min` lets the compiler omit the
    // bounds check.
    let column = |at: usize| records.iter().map(move |record| record[at.min(WIDTH - 1)]);
    let any = |at: usize| column(at).fold(0, |all, value| all | value);
    let largest = |at: usize| column(at).fold(0, u64::max);

    let narrow = any(fields.name) | any(fields.id) | any(fields.edge_count) | any(fields.self_size);
    let is_tracked = fields.trace_node_id.map_or(0, any) != 0 || !graph.trace_node_ids.is_empty();
    let kinds = &header.node_kinds.codes;
    let dom_states = fields.detachedness.map_or(0, largest);
    if narrow > u64::from(u32::MAX)
        || is_tracked
        || largest(fields.kind) >= kinds.len() as u64
        || dom_states > 2
    {
        return false;
    }
    let edges = sums.edges + column(fields.edge_count).sum::<u64>();
    let sizes = sums.sizes + column(fields.self_size).sum::<u64>();
    if edges > header.edge_count || sizes > MAX_INTEGER {
        return false;
    }
    (sums.edges, sums.sizes) = (edges, sizes);
    let name = largest(fields.name);
    sums.largest_name.offer(name as u32, || {
        (before + column(fields.name).position(|other| other == name).unwrap_or(0)) as u64
    });

    graph.kinds.extend(column(fields.kind).map(|kind| NodeKind(kinds[kind as usize])));
    graph.names.extend(column(fields.name).map(|name| StrIx(name as u32)));
    graph.ids.extend(column(fields.id).map(|id| NodeId(id as u32)));
    graph.first_edges.extend(column(fields.edge_count));
    graph.self_sizes.extend(column(fields.self_size));
    if dom_states != 0
        && let Some(at) = fields.detachedness
    {
        let states = column(at).enumerate().filter(|&(_, state)| state != 0);
        graph.detachedness.extend(states.filter_map(|(nth, state)| {
            Some((NodeIx::at(before + nth), Detachedness::from_code(state)?))
        }));
    }
    true
}
