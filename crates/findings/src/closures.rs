//! Groups the living functions by the code that created them, and lists the variables that their
//! scopes retain.

use std::collections::HashMap;

use heapsnapshot::{Analysis, Error, NodeIx};

use crate::heap::{Heap, Origin};
use crate::place::Place;
use crate::retaining_path;
use crate::sample::sample;
use crate::source::{Sources, Usage};
use crate::suspects::Options;
use crate::words::Word;

/// Maximum number of functions of a group whose scopes are examined.
const SAMPLE_SIZE: usize = 256;

/// Maximum number of groups, unless the options set another limit.
const DEFAULT_LIMIT: usize = 50;

/// A variable of the scopes in which the functions of a group were created.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScopeVariable {
    /// The name of the variable in the script that V8 ran.
    pub name: String,
    /// Bytes that only these scopes retain through it. Counted over a sample of at most 256
    /// functions if the group is larger.
    pub bytes: u64,
    /// Whether the functions of the group read it. `None` if the source is not available or does
    /// not decide it.
    pub is_read: Option<bool>,
}

/// The living functions that one piece of code created.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClosureGroup {
    /// The name of the functions, from the source map if there is one.
    pub name: String,
    /// Where they are defined. `None` if V8 does not know the script.
    pub location: Option<Place>,
    /// The number of functions that are alive.
    pub count: u64,
    /// Bytes that would be freed if all of them were.
    pub retained_size: u64,
    /// V8's id of one of them.
    pub example: u32,
    /// The variables of their scopes, most bytes first, then by name.
    pub variables: Vec<ScopeVariable>,
}

/// Groups the living functions of the application by where they were defined. Functions of Node and
/// V8 are left out.
///
/// Returns at most [`Options::limit`] groups, or 50 if it is 0, with the largest retained size
/// first. Ties are in order of source position, so the result is the same in every run.
///
/// # Errors
/// [`heapsnapshot::ErrorKind::Cancelled`] if [`Options::control`] was cancelled.
///
/// # Complexity
/// O(N + E) time. Reads scripts as [`crate::suspects`] does.
///
/// # Examples
/// ```
/// use findings::{Options, closures};
/// use heapsnapshot::{Analysis, AnalysisOptions, Graph, ReadOptions};
///
/// # let path = "../../test/fixtures/node20.heapsnapshot.zst";
/// let graph = Graph::from_file(path, &ReadOptions::default())?;
/// let analysis = Analysis::new(graph, &AnalysisOptions::default())?;
/// for group in closures(&analysis, &Options { limit: 10, ..Options::default() })? {
///     println!("{} × {}: {} bytes", group.count, group.name, group.retained_size);
/// }
/// # Ok::<(), heapsnapshot::Error>(())
/// ```
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
            name: retaining_path::function_name(&heap, &mut sources, example),
            location: sources.place(&heap, example),
            count: nodes.len() as u64,
            retained_size: bytes[at],
            example: heap.id(example),
            variables: variables(&heap, &mut sources, origin, nodes),
        })
    });
    Ok(rows.collect())
}

/// Returns the variables of the scopes of some functions, most bytes first.
fn variables(
    heap: &Heap<'_>,
    sources: &mut Sources,
    origin: &Origin,
    nodes: &[NodeIx],
) -> Vec<ScopeVariable> {
    let mut held: HashMap<String, u64> = HashMap::new();
    for node in sample(nodes, SAMPLE_SIZE) {
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
