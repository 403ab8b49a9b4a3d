//! The functions that are alive, by the code that made them, and what their scopes keep.

use std::collections::HashMap;

use heapsnapshot::{Analysis, Error, NodeIx};

use crate::heap::{Heap, Origin};
use crate::place::Place;
use crate::route;
use crate::sample::sample;
use crate::source::{Sources, Usage};
use crate::suspects::Options;
use crate::words::Word;

/// Scopes of a group whose variables are looked at.
const SAMPLE: usize = 256;

/// Groups to return if the options do not say.
const DEFAULT_LIMIT: usize = 50;

/// A variable of the scopes that functions of one place were made in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScopeVariable {
    /// Its name.
    pub name: String,
    /// Bytes that the scopes alone keep through it; of a sample if there are many.
    pub bytes: u64,
    /// Whether the functions of the group read it; `None` if the source does not say.
    pub is_read: Option<bool>,
}

/// Functions that one piece of code made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClosureGroup {
    /// The name of the functions.
    pub name: String,
    /// Where they are defined.
    pub location: Option<Place>,
    /// How many are alive.
    pub count: u64,
    /// Bytes that would be freed with all of them.
    pub retained_size: u64,
    /// V8's id of one of them.
    pub example: u32,
    /// The variables of their scopes, by bytes.
    pub variables: Vec<ScopeVariable>,
}

/// Groups the living functions of the application by where they were defined, by
/// retained size descending.
///
/// # Errors
/// [`heapsnapshot::ErrorKind::Cancelled`].
///
/// # Complexity
/// O(N + E) time. Scripts are read as [`crate::suspects`] does.
pub fn closures(analysis: &Analysis, options: &Options) -> Result<Vec<ClosureGroup>, Error> {
    let heap = Heap::new(analysis);
    let mut sources = options.sources();
    let mut groups: HashMap<Origin, Vec<NodeIx>> = HashMap::new();
    for node in heap.graph.nodes().filter(|&node| heap.is_closure(node)) {
        if let Some(origin) = heap.origin(node).filter(|origin| !origin.is_internal()) {
            groups.entry(origin).or_default().push(node);
        }
    }
    options.control.check()?;
    let mut groups: Vec<(Origin, Vec<NodeIx>)> = groups.into_iter().collect();
    groups.sort();
    let mut group_of = HashMap::new();
    for (at, (_, nodes)) in groups.iter().enumerate() {
        group_of.extend(nodes.iter().map(|&node| (node, at)));
    }
    let bytes = heap.union_retained(&group_of, groups.len());
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|&at| (std::cmp::Reverse(bytes[at]), at));
    let limit = if options.limit == 0 { DEFAULT_LIMIT } else { options.limit };
    let rows = order.into_iter().take(limit).filter_map(|at| {
        let (origin, nodes) = &groups[at];
        let &example = nodes.first()?;
        Some(ClosureGroup {
            name: route::function_name(&heap, &mut sources, example),
            location: sources.place(&heap, example),
            count: nodes.len() as u64,
            retained_size: bytes[at],
            example: heap.id(example),
            variables: variables(&heap, &mut sources, origin, nodes),
        })
    });
    Ok(rows.collect())
}

/// The variables of the scopes of some functions, by bytes.
fn variables(
    heap: &Heap<'_>,
    sources: &mut Sources,
    origin: &Origin,
    nodes: &[NodeIx],
) -> Vec<ScopeVariable> {
    let mut held: HashMap<String, u64> = HashMap::new();
    for node in sample(nodes, SAMPLE) {
        let Some(context) =
            heap.internal(node, Word::Context).filter(|&context| heap.is_context(context))
        else {
            continue;
        };
        for (name, target) in heap.variables(context) {
            if heap.analysis.dominator(target) == context && !heap.is_filler(target) {
                *held.entry(name).or_default() += heap.retained(target);
            }
        }
    }
    let script = nodes.first().and_then(|&node| sources.script(heap, node, origin));
    let at = [(origin.line, origin.column)];
    let mut variables: Vec<ScopeVariable> = held
        .into_iter()
        .map(|(name, bytes)| {
            let usage = script
                .as_ref()
                .map_or(Usage::Unknown, |script| script.scopes.usage(&name, &at, &at));
            let is_read = match usage {
                Usage::Used => Some(true),
                Usage::Unused => Some(false),
                Usage::Reachable | Usage::Unknown => None,
            };
            ScopeVariable { name, bytes, is_read }
        })
        .collect();
    variables.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    variables
}
