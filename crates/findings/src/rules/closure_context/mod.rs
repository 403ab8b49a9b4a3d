//! Detects scopes that outlive the functions that read them.
//!
//! V8 allocates one scope for all functions that are created in one place. It contains every
//! variable that any of these functions reads. A long-lived function therefore also retains the
//! variables that only its dead siblings read. If such a variable leads to the scope that was
//! created before, each scope retains the previous one, and a chain grows.
//!
//! The rule groups scopes by the code that created them, asks the source which variables the living
//! functions read, and reports the others.

mod readers;
mod story;

use std::collections::{BTreeSet, HashMap, HashSet};

use heapsnapshot::{Error, NodeIx};

use super::{Case, MIN_WASTE_BYTES};
use crate::finding::{Doc, Finding, Kind};
use crate::heap::{Heap, Origin};
use crate::sample::sample;
use crate::source::Usage;
use crate::words::Word;
use readers::{Makers, Readers};
#[cfg(test)]
pub(super) use story::MESSAGES;

impl Kind {
    /// A scope retains a variable that no living function reads.
    pub(crate) const CLOSURE_CONTEXT: Self = Self("closure-context");
}

/// The rows of this rule in the table of kinds.
pub(super) const DOCS: &[Doc] = &[Doc {
    kinds: &[Kind::CLOSURE_CONTEXT],
    about: "all functions created in one scope share it, with every variable that any of them reads; a variable that no *living* function reads stays alive with the others. If it leads to the previous scope, it is a chain",
}];

/// Minimum number of scopes in a group. A smaller group counts if it retains [`MIN_WASTE_BYTES`].
const MIN_SCOPES: usize = 8;

/// Maximum number of scopes of a group whose functions are examined.
const SAMPLE: usize = 48;

/// Minimum number of bytes that a group retains through one variable.
const MIN_BYTES: u64 = 1 << 10;

/// The scopes that one piece of code created.
struct Group {
    contexts: Vec<NodeIx>,
    scope_infos: HashSet<u32>,
}

/// Returns all scopes, by the `ScopeInfo` of the code that created them.
fn groups(heap: &Heap<'_>) -> HashMap<NodeIx, Vec<NodeIx>> {
    let mut groups: HashMap<NodeIx, Vec<NodeIx>> = HashMap::new();
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
    group: Group,
    readers: Readers,
    /// Names and retained bytes, most bytes first.
    variables: Vec<(String, u64)>,
    /// The values of the variables, in all scopes.
    targets: Vec<NodeIx>,
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
    /// The text of the script is not available.
    Missing,
}

pub(super) fn find(case: &mut Case<'_>, before: &[Finding]) -> Result<Vec<Finding>, Error> {
    let makers = Makers::new(&case.heap);
    case.control.check()?;
    let mut candidates: Vec<Unread> = Vec::new();
    let mut slots: HashMap<(Vec<Origin>, Vec<String>), usize> = HashMap::new();
    for (info, contexts) in groups(&case.heap) {
        let total: u64 = contexts
            .iter()
            .map(|&context| case.heap.retained(context))
            .fold(0, u64::saturating_add);
        let is_many = contexts.len() >= MIN_SCOPES && total >= MIN_BYTES;
        if !is_many && total < MIN_WASTE_BYTES {
            continue;
        }
        let Some(unread) = unread(case, &makers, contexts, info) else { continue };
        // V8 creates a `ScopeInfo` for each compilation, so the same code can have two.
        let key = (
            unread.readers.around.iter().cloned().collect::<Vec<_>>(),
            unread.variables.iter().map(|(name, _)| name.clone()).collect(),
        );
        let at = *slots.entry(key).or_insert(candidates.len());
        if let Some(known) = candidates.get_mut(at) {
            known.group.contexts.extend(unread.group.contexts);
            known.group.scope_infos.extend(unread.group.scope_infos);
            known.targets.extend(unread.targets);
        } else {
            candidates.push(unread);
        }
    }
    case.control.check()?;
    let mut group_of = HashMap::new();
    for (at, unread) in candidates.iter().enumerate() {
        group_of.extend(unread.targets.iter().map(|&target| (target, at)));
    }
    let bytes = case.heap.union_retained(&group_of, candidates.len());
    let mut findings = Vec::new();
    for (unread, bytes) in candidates.into_iter().zip(bytes) {
        findings.extend(story::report(case, before, &unread, bytes));
    }
    Ok(findings)
}

/// Counts the scopes of a sample by whether a variable is read.
#[derive(Default)]
struct Verdict {
    unused: usize,
    reachable: usize,
    used: usize,
    unknown: usize,
}

impl Verdict {
    /// Returns whether no living function names the variable, in at least 80 % of the scopes. The
    /// rest allows for functions that are alive by chance, for instance on the stack.
    fn is_unread(&self) -> bool {
        let unread = self.unused + self.reachable;
        unread * 10 >= (unread + self.used + self.unknown) * 8
    }

    /// Returns whether the source decides nothing.
    fn is_unknown(&self) -> bool {
        self.unknown > 0 && self.unused + self.reachable + self.used == 0
    }
}

/// Returns the variables of a group that no living function reads. `None` if there are none.
fn unread(
    case: &mut Case<'_>,
    makers: &Makers,
    contexts: Vec<NodeIx>,
    info: NodeIx,
) -> Option<Unread> {
    let heap = &case.heap;
    let mut held: HashMap<String, (u64, Vec<NodeIx>)> = HashMap::new();
    for &context in &contexts {
        for (name, target) in heap.variables(context) {
            // A value that other objects retain, too, would stay alive without the scope.
            if heap.is_filler(target) || heap.analysis.dominator(target) != context {
                continue;
            }
            let (bytes, targets) = held.entry(name).or_default();
            *bytes = bytes.saturating_add(heap.retained(target));
            targets.push(target);
        }
    }
    held.retain(|name, (bytes, _)| *bytes >= MIN_BYTES && !name.starts_with(['.', '#']));
    if held.is_empty() {
        return None;
    }
    let samples: Vec<(NodeIx, Readers)> = sample(&contexts, SAMPLE)
        .map(|context| (context, makers.readers(heap, context)))
        .filter(|(_, readers)| !readers.all.is_empty())
        .collect();
    let (_, first) = samples.first()?;
    if first.around.iter().any(Origin::is_internal)
        || samples.iter().any(|(_, readers)| readers.is_partial)
    {
        return None;
    }
    let mut verdicts: HashMap<String, Verdict> = HashMap::new();
    let mut is_current = true;
    for (context, readers) in &samples {
        let Some(example) = readers.example else { continue };
        let origin = case.heap.origin(example)?;
        let script = case.sources.script(&case.heap, example, &origin);
        let places = |origins: &BTreeSet<Origin>| -> Vec<(u32, u32)> {
            origins.iter().map(|origin| (origin.line, origin.column)).collect()
        };
        for name in held.keys() {
            if !case.heap.variables(*context).iter().any(|(other, _)| other == name) {
                continue;
            }
            let usage = script.as_ref().map_or(Usage::Unknown, |script| {
                is_current &= script.is_current;
                script.scopes.usage(name, &places(&readers.all), &places(&readers.around))
            });
            let verdict = verdicts.entry(name.clone()).or_default();
            match usage {
                Usage::Unused => verdict.unused += 1,
                Usage::Reachable => verdict.reachable += 1,
                Usage::Used => verdict.used += 1,
                Usage::Unknown => verdict.unknown += 1,
            }
        }
    }
    let is = |name: &String, what: fn(&Verdict) -> bool| verdicts.get(name).is_some_and(what);
    let is_known = held.keys().any(|name| is(name, Verdict::is_unread));
    // Without the source, only the shape is evidence: many scopes, each with a single living
    // function, each retaining something alone. Up to 10 % of the scopes may have more functions.
    // They can belong to the newest scope: on the stack, or held by V8 while it compiles.
    let others = samples.iter().filter(|(_, readers)| readers.all.len() > 1).count();
    let is_guess = contexts.len() >= MIN_SCOPES
        && others * 10 <= samples.len()
        && held.keys().any(|name| is(name, Verdict::is_unknown));
    if !is_known && !is_guess {
        return None;
    }
    held.retain(|name, _| {
        is(name, if is_known { Verdict::is_unread } else { Verdict::is_unknown })
    });
    let is_reachable = held.keys().any(|name| is(name, |verdict| verdict.reachable > 0));
    let doubt = match (is_known, is_current) {
        (false, true) => Some(Doubt::Missing),
        (_, false) => Some(Doubt::Changed),
        (true, true) => is_reachable.then_some(Doubt::Eval),
    };
    let mut variables: Vec<(String, u64)> =
        held.iter().map(|(name, (bytes, _))| (name.clone(), *bytes)).collect();
    variables.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let targets = held.into_values().flat_map(|(_, targets)| targets).collect();
    let mut readers = samples.into_iter().map(|(_, readers)| readers);
    let readers = readers.find(|readers| is_known || readers.all.len() == 1)?;
    let scope_infos = HashSet::from([case.heap.id(info)]);
    Some(Unread { group: Group { contexts, scope_infos }, readers, variables, targets, doubt })
}
