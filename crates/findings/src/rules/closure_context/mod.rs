//! Detects variables that stay alive in a scope although no living function reads them.
//!
//! Functions that are created by one call of their parent share one scope. V8 stores in it every
//! variable that any of these functions reads. As long as one of the functions is alive, so are all
//! variables of the scope, even those that only the dead functions read.
//!
//! ```js
//! function load(buffer) {
//!   setTimeout(() => print(buffer.length)); // runs once, then it is dead
//!   return () => Date.now(); // lives long, and keeps `buffer` alive
//! }
//! ```
//!
//! If such a variable leads to the scope of the previous call, each scope retains the one before
//! it: a chain, which grows with every call.
//!
//! The rule groups scopes by the code that created them. For each group, it determines from the
//! source which variables the living functions read. It reports a variable if, in at least 80 % of
//! the sampled scopes, no living function reads it. If the source is missing or differs from the
//! code that ran, or if a living function uses `eval` or `with`, the finding has a [`Doubt`].

mod readers;
mod report;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use heapsnapshot::{Error, NodeIx};

use super::{Case, MIN_WASTE_BYTES};
use crate::finding::{Doc, Finding, Kind};
use crate::heap::{Heap, Origin};
use crate::sample::sample;
use crate::source::Usage;
use crate::words::Word;
use readers::{Readers, ScopeTree};
#[cfg(test)]
pub(super) use report::MESSAGES;

impl Kind {
    /// A scope retains a variable that no living function reads.
    pub(crate) const CLOSURE_CONTEXT: Self = Self("closure-context");
}

/// The rows of this rule in the table of kinds.
pub(super) const DOCS: &[Doc] = &[Doc {
    kinds: &[Kind::CLOSURE_CONTEXT],
    about: "all functions created in one scope share it, with every variable that any of them reads; a variable that no *living* function reads stays alive as long as the scope. If such a variable references the previous scope, the scopes form a chain",
}];

/// Minimum number of scopes in a group. A smaller group is examined only if it retains
/// [`MIN_WASTE_BYTES`], and reported only if the source is available.
const MIN_SCOPES: usize = 8;

/// Maximum number of scopes to sample in a group.
const SAMPLE_SIZE: usize = 48;

/// Minimum number of bytes that a group retains, and that each reported variable retains in it.
const MIN_BYTES: u64 = 1 << 10;

/// The scopes that one piece of code created.
struct Group {
    /// The scopes.
    contexts: Vec<NodeIx>,
    /// V8's ids of the `ScopeInfo`s of the code. They identify the group in earlier snapshots.
    scope_infos: HashSet<u32>,
}

/// Returns all scopes, by the `ScopeInfo` of the code that created them. The order decides which of
/// several merged groups is the first, so it must not vary.
fn groups(heap: &Heap<'_>) -> BTreeMap<NodeIx, Vec<NodeIx>> {
    let mut groups: BTreeMap<NodeIx, Vec<NodeIx>> = BTreeMap::new();
    for node in heap.graph.nodes() {
        if heap.is_context(node)
            && let Some(info) = heap.internal(node, Word::ScopeInfo)
        {
            groups.entry(info).or_default().push(node);
        }
    }
    groups
}

/// A group with variables that no living function reads.
struct Unread {
    /// The scopes that retain the variables.
    group: Group,
    /// The living functions of one sampled scope, as an example.
    readers: Readers,
    /// Names of the variables, and the bytes that they retain in the first of the merged groups,
    /// most bytes first.
    variables: Vec<(String, u64)>,
    /// The values of the variables, in all scopes of the group.
    values: Vec<NodeIx>,
    /// `None` if the source shows that the variables are unread, see [`ReadCounts::is_unread`].
    doubt: Option<Doubt>,
}

/// Why it is uncertain that a variable is unread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Doubt {
    /// A living function calls `eval` or contains `with`, so it can read the variable without
    /// naming it.
    Eval,
    /// The file on disk differs from the script that ran.
    Changed,
    /// The text of the script is not available, or has no function where V8 reports one.
    Missing,
}

/// Returns a finding for each group of scopes that retains unread variables. Skips groups that a
/// finding in `before` explains.
pub(super) fn find(case: &mut Case<'_>, before: &[Finding]) -> Result<Vec<Finding>, Error> {
    let tree = ScopeTree::new(&case.heap);
    case.control.check()?;
    let mut candidates: Vec<Unread> = Vec::new();
    let mut indices: HashMap<(Vec<Origin>, Vec<String>), usize> = HashMap::new();
    for (info, contexts) in groups(&case.heap) {
        let total: u64 = contexts
            .iter()
            .map(|&context| case.heap.retained(context))
            .fold(0, u64::saturating_add);
        let is_many = contexts.len() >= MIN_SCOPES && total >= MIN_BYTES;
        if !is_many && total < MIN_WASTE_BYTES {
            continue;
        }
        let Some(unread) = unread(case, &tree, contexts, info) else { continue };
        // V8 creates a `ScopeInfo` for each compilation, so the same code can have several. Groups
        // with the same functions and variables are merged.
        let key = (
            unread.readers.direct.iter().cloned().collect::<Vec<_>>(),
            unread.variables.iter().map(|(name, _)| name.clone()).collect(),
        );
        let index = *indices.entry(key).or_insert(candidates.len());
        if let Some(known) = candidates.get_mut(index) {
            known.group.contexts.extend(unread.group.contexts);
            known.group.scope_infos.extend(unread.group.scope_infos);
            known.values.extend(unread.values);
        } else {
            candidates.push(unread);
        }
    }
    case.control.check()?;
    let mut group_of = HashMap::new();
    for (index, unread) in candidates.iter().enumerate() {
        group_of.extend(unread.values.iter().map(|&value| (value, index)));
    }
    let bytes = case.heap.union_retained(&group_of, candidates.len());
    let mut findings = Vec::new();
    for (unread, bytes) in candidates.into_iter().zip(bytes) {
        findings.extend(report::report(case, before, &unread, bytes));
    }
    Ok(findings)
}

/// Counts, for one variable, the sampled scopes by [`Usage`].
#[derive(Default)]
struct ReadCounts {
    /// Scopes whose living functions do not name the variable.
    unused: usize,
    /// Scopes with a living function that can read it through `eval` or `with` only.
    reachable: usize,
    /// Scopes with a living function that names it.
    used: usize,
    /// Scopes whose source is missing or does not match the code that ran.
    unknown: usize,
}

impl ReadCounts {
    /// Counts a scope.
    fn add(&mut self, usage: Usage) {
        match usage {
            Usage::Unused => self.unused += 1,
            Usage::Reachable => self.reachable += 1,
            Usage::Used => self.used += 1,
            Usage::Unknown => self.unknown += 1,
        }
    }

    /// Returns whether at least 80 % of the scopes have no living function that names the variable.
    /// The rest allows for functions that are alive only briefly, for instance on the stack.
    /// Unknown scopes count as scopes that read it.
    fn is_unread(&self) -> bool {
        let unread = self.unused + self.reachable;
        unread * 10 >= (unread + self.used + self.unknown) * 8
    }

    /// Returns whether the usage is unknown in every sampled scope.
    fn is_unknown(&self) -> bool {
        self.unknown > 0 && self.unused + self.reachable + self.used == 0
    }
}

/// Maps the name of a variable to its retained bytes and its values in all scopes of a group.
type Dominated = HashMap<String, (u64, Vec<NodeIx>)>;

/// Returns the variables whose values are dominated by their scopes and retain at least
/// [`MIN_BYTES`] in total.
fn dominated_variables(heap: &Heap<'_>, contexts: &[NodeIx]) -> Dominated {
    let mut dominated = Dominated::new();
    for &context in contexts {
        for (name, value) in heap.variables(context) {
            // A value that other objects retain, too, would stay alive without the scope.
            if heap.is_filler(value) || heap.analysis.dominator(value) != context {
                continue;
            }
            let (bytes, values) = dominated.entry(name).or_default();
            *bytes = bytes.saturating_add(heap.retained(value));
            values.push(value);
        }
    }
    // V8's own variables start with `.`, private names with `#`.
    dominated.retain(|name, (bytes, _)| *bytes >= MIN_BYTES && !name.starts_with(['.', '#']));
    dominated
}

/// Returns the [`ReadCounts`] of each variable of `dominated`, and whether every source that was
/// found is the code that ran. Returns `None` if V8 does not know where the functions were defined.
fn count_reads(
    case: &mut Case<'_>,
    samples: &[(NodeIx, Readers)],
    dominated: &Dominated,
) -> Option<(HashMap<String, ReadCounts>, bool)> {
    let mut reads: HashMap<String, ReadCounts> = HashMap::new();
    let mut is_current = true;
    for (context, readers) in samples {
        let Some(example) = readers.example else { continue };
        let origin = case.heap.origin(example)?;
        let script = case.sources.script(&case.heap, example, &origin);
        let places = |origins: &BTreeSet<Origin>| -> Vec<(u32, u32)> {
            origins.iter().map(|origin| (origin.line, origin.column)).collect()
        };
        for name in dominated.keys() {
            if !case.heap.variables(*context).iter().any(|(other, _)| other == name) {
                continue;
            }
            let usage = script.as_ref().map_or(Usage::Unknown, |script| {
                is_current &= script.is_current;
                script.scopes.usage(name, &places(&readers.all), &places(&readers.direct))
            });
            reads.entry(name.clone()).or_default().add(usage);
        }
    }
    Some((reads, is_current))
}

/// Returns the variables of a group that no living function reads. Without the source, this is a
/// guess. `None` if there are none, if the functions are internal to Node or V8, if V8 does not know
/// where a function was defined, or if a scope has too many functions.
fn unread(
    case: &mut Case<'_>,
    tree: &ScopeTree,
    contexts: Vec<NodeIx>,
    info: NodeIx,
) -> Option<Unread> {
    let heap = &case.heap;
    let mut dominated = dominated_variables(heap, &contexts);
    if dominated.is_empty() {
        return None;
    }
    let samples: Vec<(NodeIx, Readers)> = sample(&contexts, SAMPLE_SIZE)
        .map(|context| (context, tree.readers(heap, context)))
        .filter(|(_, readers)| !readers.all.is_empty())
        .collect();
    let (_, first) = samples.first()?;
    if first.direct.iter().any(Origin::is_internal)
        || samples.iter().any(|(_, readers)| readers.is_partial)
    {
        return None;
    }
    let (reads, is_current) = count_reads(case, &samples, &dominated)?;
    let is = |name: &String, check: fn(&ReadCounts) -> bool| reads.get(name).is_some_and(check);
    let is_known = dominated.keys().any(|name| is(name, ReadCounts::is_unread));
    // Without the source, the evidence is the shape: many scopes, each with living functions of one
    // definition only and with values that nothing else retains. Up to a tenth of the scopes may
    // have functions of more definitions, because functions of the newest scopes can still be on
    // the stack or in V8's compiler.
    let others = samples.iter().filter(|(_, readers)| readers.all.len() > 1).count();
    let is_guess = contexts.len() >= MIN_SCOPES
        && others * 10 <= samples.len()
        && dominated.keys().any(|name| is(name, ReadCounts::is_unknown));
    if !is_known && !is_guess {
        return None;
    }
    dominated.retain(|name, _| {
        is(name, if is_known { ReadCounts::is_unread } else { ReadCounts::is_unknown })
    });
    let is_reachable = dominated.keys().any(|name| is(name, |counts| counts.reachable > 0));
    let doubt = match (is_known, is_current) {
        (false, true) => Some(Doubt::Missing),
        (_, false) => Some(Doubt::Changed),
        (true, true) => is_reachable.then_some(Doubt::Eval),
    };
    let mut variables: Vec<(String, u64)> =
        dominated.iter().map(|(name, (bytes, _))| (name.clone(), *bytes)).collect();
    variables.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let values = dominated.into_values().flat_map(|(_, values)| values).collect();
    let mut readers = samples.into_iter().map(|(_, readers)| readers);
    let readers = readers.find(|readers| is_known || readers.all.len() == 1)?;
    let scope_infos = HashSet::from([case.heap.id(info)]);
    Some(Unread { group: Group { contexts, scope_infos }, readers, variables, values, doubt })
}
