//! What is told about scopes that nobody reads.

use std::collections::{HashMap, HashSet};

use heapsnapshot::{EdgeKind, NodeIx, NodeKind};

use super::{Doubt, Group, LEAST_BYTES, LEAST_SCOPES, Unread};
use crate::finding::{Culprit, Finding, Kind, Place, Severity};
use crate::frame::Role;
use crate::growth::{Series, Trend};
use crate::heap::Heap;
use crate::prose;
use crate::route::{self, Route};
use crate::rules::{Case, LEAST_WASTE, kind_of, signature};
use crate::words::Word;

/// Links of a chain that nobody makes on purpose.
const LONG_CHAIN: usize = 20;

/// The longest chain of scopes of a group, each of which keeps the next.
fn chain(heap: &Heap<'_>, contexts: &[NodeIx]) -> usize {
    const MOST_BETWEEN: usize = 12;
    let all: HashSet<NodeIx> = contexts.iter().copied().collect();
    let parent = |context: NodeIx| {
        let mut at = context;
        for _ in 0..MOST_BETWEEN {
            let up = heap.analysis.dominator(at);
            if up == at {
                return None;
            }
            if all.contains(&up) {
                return Some(up);
            }
            at = up;
        }
        None
    };
    let mut lengths: HashMap<NodeIx, usize> = HashMap::new();
    for &context in contexts {
        let mut way = vec![context];
        let mut length = 0;
        while let Some(up) = parent(way[way.len() - 1]) {
            if let Some(&known) = lengths.get(&up) {
                length = known;
                break;
            }
            way.push(up);
        }
        while let Some(at) = way.pop() {
            length += 1;
            lengths.insert(at, length);
        }
    }
    lengths.into_values().max().unwrap_or_default()
}

/// How many scopes of a group an earlier snapshot has, and what they keep.
fn count_in(heap: &Heap<'_>, group: &Group, variables: &[(String, u64)]) -> (u64, u64) {
    let mut targets = HashMap::new();
    let mut count = 0;
    for node in heap.graph.nodes() {
        if !heap.is_context(node) {
            continue;
        }
        if !heap
            .internal(node, Word::ScopeInfo)
            .is_some_and(|info| group.scope_infos.contains(&heap.id(info)))
        {
            continue;
        }
        count += 1;
        for (name, target) in heap.variables(node) {
            if variables.iter().any(|(other, _)| *other == name)
                && heap.analysis.dominator(target) == node
            {
                targets.insert(target, 0);
            }
        }
    }
    (count, heap.union_retained(&targets, 1)[0])
}

/// What a finding is made of, once it is clear that there is one.
struct Story {
    series: Series,
    /// Links, if it is a chain.
    chain: Option<usize>,
    /// The variables as code.
    names: Vec<String>,
    /// The function whose scope it is.
    maker: Option<String>,
    /// The functions that read the variable, none of which lives.
    dead: Vec<String>,
    /// The living function, with and without its place.
    holder: String,
    holder_name: String,
    place: Option<Place>,
    /// The name by which it is reached.
    root: Option<String>,
    doubt: Option<Doubt>,
}

/// How the number of scopes goes on, and how bad that is.
fn judge(case: &Case<'_>, unread: &Unread, bytes: u64) -> (Series, Severity, Option<usize>) {
    let group = &unread.group;
    let length = chain(&case.heap, &group.contexts);
    let mut series = Series::default();
    for heap in &case.earlier {
        let (count, bytes) = count_in(heap, group, &unread.variables);
        series.counts.push(count);
        series.bytes.push(bytes);
    }
    series.counts.push(group.contexts.len() as u64);
    series.bytes.push(bytes);
    let is_chain = length >= LONG_CHAIN && length * 2 >= group.contexts.len();
    let mut severity = series.trend().severity();
    if series.trend() == Trend::Unknown {
        severity =
            match (is_chain, group.contexts.len() >= LEAST_SCOPES && bytes >= LEAST_WASTE / 10) {
                (true, _) => Severity::Leak,
                (false, true) => Severity::Suspect,
                (false, false) => Severity::Waste,
            };
    }
    if unread.doubt.is_some() {
        severity = severity.min(Severity::Suspect);
    }
    (series, severity, is_chain.then_some(length))
}

/// Makes the finding, unless it is too small or told already.
pub(super) fn report(
    case: &mut Case<'_>,
    before: &[Finding],
    unread: &Unread,
    bytes: u64,
) -> Option<Finding> {
    if bytes < LEAST_BYTES {
        return None;
    }
    let (series, severity, chain) = judge(case, unread, bytes);
    if severity == Severity::Waste && bytes < LEAST_WASTE {
        return None;
    }
    let example = unread.readers.example?;
    // The outermost of a chain keeps most.
    let context =
        unread.group.contexts.iter().copied().max_by_key(|&context| case.heap.retained(context))?;
    let closure = route::closure_of(&case.heap, context).unwrap_or(example);
    if is_explained(case, before, closure, bytes) {
        return None;
    }
    let (variable, _) = unread.variables.first()?;
    let origin = case.heap.origin(closure)?;
    let script = case.sources.script(&case.heap, closure, &origin);
    let at = (origin.line, origin.column);
    let maker = script.as_ref().and_then(|script| script.scopes.owner(variable, at));
    let maker = maker.or_else(|| maker_in_heap(&case.heap, context));
    let dead =
        script.as_ref().map(|script| script.scopes.readers(variable, &[at])).unwrap_or_default();
    let place = route::declared(&case.heap, &mut case.sources, closure, variable)
        .or_else(|| case.sources.place(&case.heap, closure));
    let route = Route::find(&case.heap, &mut case.sources, closure);
    let target = case
        .heap
        .variables(context)
        .into_iter()
        .find(|(name, _)| name == variable)
        .map(|(_, target)| target);
    let mut more = vec![("scope".to_owned(), context)];

    let names: Vec<String> = unread
        .variables
        .iter()
        .take(4)
        .map(|(name, _)| route::variable_name(&case.heap, &mut case.sources, closure, name))
        .collect();
    more.extend(target.zip(names.first()).map(|(target, name)| (name.clone(), target)));
    let marks = [
        names.first().and_then(|name| case.mark_variable(closure, variable, name)),
        case.mark_function(closure, Role::Keeper),
    ];
    let marks = marks.into_iter().flatten().collect();
    let story = Story {
        chain,
        names: names.iter().map(|name| prose::code(name)).collect(),
        maker,
        dead: dead.iter().map(|name| prose::code(name)).collect(),
        holder: route::function(&case.heap, &mut case.sources, closure),
        holder_name: route::function_name(&case.heap, &mut case.sources, closure),
        place,
        root: route.name.clone(),
        doubt: unread.doubt,
        series,
    };
    Some(Finding {
        confidence: match unread.doubt {
            None => 0.95,
            Some(Doubt::Eval) => 0.5,
            Some(Doubt::Changed) => 0.4,
            Some(Doubt::Missing) => 0.3,
        },
        title: story.title(),
        sentence: story.sentence(),
        fix: story.fix(),
        signature: signature(&[
            Kind::ClosureContext.word(),
            story.place.as_ref().map_or("", |place| &place.file),
            story.maker.as_deref().unwrap_or_default(),
            &names[0],
        ]),
        evidence: story.series.evidence(),
        culprit: Culprit {
            variable: names.first().cloned(),
            property: route.property.clone(),
            constructor: target.map(|target| kind_of(&case.heap, target)),
            function: Some(story.holder_name),
            location: story.place,
        },
        path: case.extend(&route, &more),
        entries: unread.group.contexts.clone(),
        marks,
        ..Finding::new(Kind::ClosureContext, severity)
    })
}

impl Story {
    fn maker(&self) -> String {
        self.maker.as_deref().map_or_else(|| "its function".to_owned(), prose::code)
    }

    fn title(&self) -> String {
        let (names, maker, holder) =
            (prose::list(&self.names), self.maker(), prose::code(&self.holder_name));
        match self.chain {
            Some(length) => {
                format!("{holder} keeps {names}: a chain of {length} scopes of {maker}")
            }
            None => format!("{holder} keeps {names} alive in the scope of {maker}"),
        }
    }

    /// Who reads the variables: nobody.
    fn unread(&self) -> String {
        let verb = if self.names.len() > 1 { "are" } else { "is" };
        let doubt = match self.doubt {
            None => "",
            Some(Doubt::Eval) => ", unless by `eval` or `with`, which can read everything",
            Some(Doubt::Changed) => " (a guess: the source has changed since)",
            Some(Doubt::Missing) => " (a guess: the source cannot be read)",
        };
        let dead = if self.dead.is_empty() {
            String::new()
        } else {
            format!(" (only {} did, and nothing can call it any more)", prose::list(&self.dead))
        };
        let place = self.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        format!(
            "{}{place}, which {verb} read by no living function{doubt}{dead}",
            prose::list(&self.names)
        )
    }

    fn sentence(&self) -> String {
        let root = self
            .root
            .as_deref()
            .map(|name| format!(", reached through {},", prose::code(name)))
            .unwrap_or_default();
        let bytes = prose::bytes(self.series.bytes.last().copied().unwrap_or_default());
        let (told, maker, holder, unread) =
            (self.series.told(), self.maker(), &self.holder, self.unread());
        if let Some(length) = self.chain {
            return format!(
                "A chain of {length} scopes of {maker}{told}{root} keeps {bytes} alive. Each {holder} keeps the scope in which it was made, and with it {unread}; that leads to the scope before, and so on.",
            );
        }
        let count = prose::integer(self.series.counts.last().copied().unwrap_or_default());
        format!(
            "{count} × {holder}{told}{root} keep {bytes} alive through the scope of {maker}: all functions made in one scope share it, and with it {unread}.",
        )
    }

    fn fix(&self) -> String {
        let names = prose::list(&self.names);
        format!(
            "Set {names} to `null` at the end of {}, or make {} in a function of its own, where {names} cannot be seen.",
            self.maker(),
            prose::code(&self.holder_name),
        )
    }
}

/// Whether a list of listeners or timers explains why these functions are alive: then
/// the scope is only what they carry.
fn is_explained(case: &Case<'_>, before: &[Finding], closure: NodeIx, bytes: u64) -> bool {
    let explains = |finding: &&Finding| {
        matches!(finding.kind, Kind::EventListeners | Kind::Timers)
            && finding.severity == Severity::Leak
            && finding.evidence.bytes.saturating_mul(2) >= bytes
    };
    let near: Vec<NodeIx> = case
        .heap
        .analysis
        .incoming(closure)
        .filter(|&(edge, _)| case.heap.graph.edge_kind(edge) != EdgeKind::WEAK)
        .map(|(_, source)| source)
        .collect();
    before.iter().filter(explains).any(|finding| {
        finding.claims.contains(&closure) || near.iter().any(|node| finding.claims.contains(node))
    })
}

/// The name of the function that made a scope, as V8 has it.
fn maker_in_heap(heap: &Heap<'_>, context: NodeIx) -> Option<String> {
    let info = heap.internal(context, Word::ScopeInfo)?;
    let (_, shared) = heap.analysis.incoming(info).take(256).find(|&(edge, source)| {
        heap.graph.kind(source) == NodeKind::CODE && heap.is_named(edge, Word::NameOrScopeInfo)
    })?;
    let name = heap.graph.name(shared).to_string_lossy().into_owned();
    (!name.is_empty() && !name.starts_with('(')).then_some(name)
}
