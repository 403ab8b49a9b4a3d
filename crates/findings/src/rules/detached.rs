//! Parts of a page that no document shows any more.

use std::collections::HashMap;

use heapsnapshot::{Detachedness, Error, NodeIx};

use super::{Case, LEAST_WASTE, signature};
use crate::finding::{Doc, Finding, Kind, Severity};
use crate::growth::Series;
use crate::heap::Heap;
use crate::message::{arg, messages};
use crate::route::Route;

impl Kind {
    /// Parts of a page that no document shows any more.
    pub(crate) const DETACHED_DOM: Self = Self("detached-dom");
}

/// What the rule finds.
pub(super) const DOCS: &[Doc] = &[Doc {
    kinds: &[Kind::DETACHED_DOM],
    about: "DOM nodes outside the document, in snapshots of a browser",
}];

messages! {
    Title("detached-dom.title") { count }
    Nodes("detached-dom.sentence") { count, counts, bytes, node, name, place }
    Fix("detached-dom.fix") { name }
}

/// Detached nodes that are worth a word.
const MANY: usize = 20;

/// Detached parts of a page. Node.js marks objects of its own the same way.
fn all(heap: &Heap<'_>) -> Vec<NodeIx> {
    let is_of_page = |&node: &NodeIx| {
        heap.graph.detachedness(node) == Detachedness::Detached
            && !heap.graph.name(node).as_str().is_some_and(|name| name.contains("Node / "))
    };
    heap.graph.nodes().filter(is_of_page).collect()
}

pub(super) fn find(case: &mut Case<'_>, _: &[Finding]) -> Result<Vec<Finding>, Error> {
    let found = all(&case.heap);
    case.control.check()?;
    if found.len() < MANY {
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
    if severity == Severity::Waste && evidence.bytes < LEAST_WASTE {
        return Ok(Vec::new());
    }
    let Some(&example) = found.iter().max_by_key(|&&node| case.heap.retained(node)) else {
        return Ok(Vec::new());
    };
    let route = Route::find(&case.heap, &mut case.sources, example);
    let name = route.name.clone().unwrap_or_else(|| case.heap.class(example));
    let shown = case.heap.graph.name(example).to_string();
    Ok(vec![Finding {
        confidence: 0.8,
        title: Title { count: arg(evidence.count) }.into(),
        sentence: Nodes {
            count: arg(evidence.count),
            counts: series.told(),
            bytes: arg(evidence.bytes),
            node: arg(shown.trim_start_matches("Detached ")),
            name: arg(&name),
            place: route.told(),
        }
        .into(),
        evidence,
        signature: signature(&[Kind::DETACHED_DOM.word(), &name]),
        culprit: route.culprit(Some(case.heap.class(example))),
        fix: Fix { name: arg(&name) }.into(),
        claims: case.claims(&route, example),
        path: route.steps,
        ..Finding::new(Kind::DETACHED_DOM, severity)
    }])
}
