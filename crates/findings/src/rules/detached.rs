//! Detects DOM nodes that are not part of any document.
//!
//! # Evidence
//! Native nodes that the snapshot marks as detached, at least [`MIN_NODES`]. Node has no DOM, but
//! V8 marks some native objects of Node as detached, too. Their names contain `Node / `, and the
//! rule ignores them. Only snapshots of browsers therefore have such findings.

use std::collections::HashMap;

use heapsnapshot::{Detachedness, Error, NodeIx};

use super::{Case, MIN_WASTE_BYTES, signature};
use crate::finding::{Doc, Finding, Kind, Severity};
use crate::growth::Series;
use crate::heap::Heap;
use crate::message::{arg, messages};
use crate::retaining_path::RetainingPath;

impl Kind {
    /// DOM nodes that are not part of any document.
    pub(crate) const DETACHED_DOM: Self = Self("detached-dom");
}

/// The rows of this rule in the table of kinds.
pub(super) const DOCS: &[Doc] = &[Doc {
    kinds: &[Kind::DETACHED_DOM],
    about: "DOM nodes outside the document, in snapshots of a browser",
}];

messages! {
    Title("detached-dom.title") { count }
    Nodes("detached-dom.sentence") { count, counts, bytes, node, name, place }
    Fix("detached-dom.fix") { name }
}

/// Minimum number of detached nodes for a finding.
const MIN_NODES: usize = 20;

/// Returns detached DOM nodes. Node.js marks some of its own objects as detached, too.
fn all(heap: &Heap<'_>) -> Vec<NodeIx> {
    let is_of_page = |&node: &NodeIx| {
        heap.graph.detachedness(node) == Detachedness::Detached
            && !heap.graph.name(node).as_str().is_some_and(|name| name.contains("Node / "))
    };
    heap.graph.nodes().filter(is_of_page).collect()
}

/// Returns at most one finding, about all detached nodes.
pub(super) fn find(case: &mut Case<'_>, _: &[Finding]) -> Result<Vec<Finding>, Error> {
    let found = all(&case.heap);
    case.control.check()?;
    if found.len() < MIN_NODES {
        return Ok(Vec::new());
    }
    let retained = |heap: &Heap<'_>, nodes: &[NodeIx]| {
        let nodes: HashMap<NodeIx, usize> = nodes.iter().map(|&node| (node, 0)).collect();
        heap.union_retained(&nodes, 1)[0]
    };
    let mut series = Series::default();
    for heap in &case.earlier {
        let known = all(heap);
        series.counts.push(known.len() as u64);
        series.bytes.push(retained(heap, &known));
    }
    series.counts.push(found.len() as u64);
    series.bytes.push(retained(&case.heap, &found));
    let evidence = series.evidence();
    let severity = series.trend().severity();
    if severity == Severity::Waste && evidence.bytes < MIN_WASTE_BYTES {
        return Ok(Vec::new());
    }
    let Some(&example) = found.iter().max_by_key(|&&node| case.heap.retained(node)) else {
        return Ok(Vec::new());
    };
    let path = RetainingPath::find(&case.heap, &mut case.sources, example);
    let name = path.name.clone().unwrap_or_else(|| case.heap.class(example));
    let shown = case.heap.graph.name(example).to_string();
    Ok(vec![Finding {
        confidence: 0.8,
        title: Title { count: arg(evidence.count) }.into(),
        sentence: Nodes {
            count: arg(evidence.count),
            counts: series.counts_value(),
            bytes: arg(evidence.bytes),
            node: arg(shown.trim_start_matches("Detached ")),
            name: arg(&name),
            place: path.place_value(),
        }
        .into(),
        evidence,
        signature: signature(&[Kind::DETACHED_DOM.word(), &name]),
        culprit: path.culprit(Some(case.heap.class(example))),
        fix: Fix { name: arg(&name) }.into(),
        claims: case.claims(&path, example),
        path: path.steps,
        ..Finding::new(Kind::DETACHED_DOM, severity)
    }])
}
