//! Makes the finding about scopes with unread variables.

use std::collections::{HashMap, HashSet};

use heapsnapshot::{EdgeKind, NodeIx, NodeKind};

use super::{Doubt, Group, MIN_BYTES, MIN_SCOPES, Unread};
use crate::finding::{Culprit, Finding, Kind, Severity};
use crate::growth::{Series, Trend};
use crate::heap::Heap;
use crate::label::Role;
use crate::message::{Message, Value, arg, list, messages};
use crate::place::Place;
use crate::retaining_path::{self, RetainingPath};
use crate::rules::{Case, MIN_WASTE_BYTES, kind_of, signature};
use crate::source::Reader;
use crate::words::Word;

messages! {
    Title("closure-context.title") { function, names, maker }
    ChainTitle("closure-context.title.chain") { function, names, count, maker }
    Shared("closure-context.shared") { count, function, counts, root, bytes, maker, unread }
    Chain("closure-context.chain") { count, maker, counts, root, bytes, function, unread }
    UnreadOne("closure-context.unread.one") { names, place, doubt, readers }
    UnreadSeveral("closure-context.unread.several") { names, place, doubt, readers }
    NamelessReader("closure-context.reader") { line }
    EvalDoubt("closure-context.doubt.eval") {}
    ChangedDoubt("closure-context.doubt.changed") {}
    MissingDoubt("closure-context.doubt.missing") {}
    SomeMaker("closure-context.maker") {}
    Fix("closure-context.fix") { names, maker, function }
}

/// Minimum length of a chain that counts as a leak. Programs do not nest scopes that deep.
const LONG_CHAIN: usize = 20;

/// Returns the length of the longest chain of scopes in which each scope dominates the next.
fn chain(heap: &Heap<'_>, contexts: &[NodeIx]) -> usize {
    const MAX_BETWEEN: usize = 12;
    let all: HashSet<NodeIx> = contexts.iter().copied().collect();
    let parent = |context: NodeIx| {
        let mut at = context;
        for _ in 0..MAX_BETWEEN {
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
        let mut links = vec![context];
        let mut length = 0;
        while let Some(up) = parent(links[links.len() - 1]) {
            if let Some(&known) = lengths.get(&up) {
                length = known;
                break;
            }
            links.push(up);
        }
        while let Some(at) = links.pop() {
            length += 1;
            lengths.insert(at, length);
        }
    }
    lengths.into_values().max().unwrap_or_default()
}

/// Returns how many scopes of a group an earlier snapshot contains, and the bytes that their
/// variables retain.
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

/// The parts of a finding.
struct Story {
    series: Series,
    /// Length of the chain, if the scopes form one.
    chain: Option<usize>,
    /// Names of the unread variables, from the source map if there is one. Most bytes first.
    names: Vec<String>,
    /// The function whose call created the scope.
    maker: Option<String>,
    /// The functions that read the variable; none of them is alive.
    dead: Vec<Reader>,
    /// The living function that retains the scope, with its location.
    holder: Message,
    holder_name: String,
    place: Option<Place>,
    /// The name of the variable or property that retains `holder`.
    root: Option<String>,
    doubt: Option<Doubt>,
}

/// Returns the number of scopes and their bytes in each snapshot, the severity, and the length of
/// the chain if the scopes form one.
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
            match (is_chain, group.contexts.len() >= MIN_SCOPES && bytes >= MIN_WASTE_BYTES / 10) {
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

/// Makes the finding. Returns `None` if it is too small, or if another finding explains it.
pub(super) fn report(
    case: &mut Case<'_>,
    before: &[Finding],
    unread: &Unread,
    bytes: u64,
) -> Option<Finding> {
    if bytes < MIN_BYTES {
        return None;
    }
    let (series, severity, chain) = judge(case, unread, bytes);
    if severity == Severity::Waste && bytes < MIN_WASTE_BYTES {
        return None;
    }
    let example = unread.readers.example?;
    // The outermost scope of a chain retains the others.
    let context =
        unread.group.contexts.iter().copied().max_by_key(|&context| case.heap.retained(context))?;
    let closure = retaining_path::closure_of(&case.heap, context).unwrap_or(example);
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
    let place = retaining_path::declared(&case.heap, &mut case.sources, closure, variable)
        .or_else(|| case.sources.place(&case.heap, closure));
    let path = RetainingPath::find(&case.heap, &mut case.sources, closure);
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
        .map(|(name, _)| {
            retaining_path::variable_name(&case.heap, &mut case.sources, closure, name)
        })
        .collect();
    more.extend(target.zip(names.first()).map(|(target, name)| (name.clone(), target)));
    let marks = [
        names.first().and_then(|name| case.mark_variable(closure, variable, name)),
        case.mark_function(closure, Role::Keeper),
    ];
    let marks = marks.into_iter().flatten().collect();
    let story = Story {
        chain,
        names: names.clone(),
        maker,
        dead,
        holder: retaining_path::function(&case.heap, &mut case.sources, closure).into(),
        holder_name: retaining_path::function_name(&case.heap, &mut case.sources, closure),
        place,
        root: path.name.clone(),
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
        sentence: story.sentence().into(),
        fix: story.fix(),
        signature: signature(&[
            Kind::CLOSURE_CONTEXT.word(),
            story.place.as_ref().map_or("", |place| &place.file),
            story.maker.as_deref().unwrap_or_default(),
            &names[0],
        ]),
        evidence: story.series.evidence(),
        culprit: Culprit {
            variable: names.first().cloned(),
            property: path.property.clone(),
            constructor: target.map(|target| kind_of(&case.heap, target)),
            function: Some(story.holder_name),
            location: story.place,
        },
        path: case.extend(&path, &more),
        entries: unread.group.contexts.clone(),
        marks,
        ..Finding::new(Kind::CLOSURE_CONTEXT, severity)
    })
}

impl Story {
    fn maker(&self) -> Option<Value> {
        self.maker.as_deref().map_or_else(|| arg(SomeMaker {}), retaining_path::named)
    }

    fn names(&self) -> Option<Value> {
        list(&self.names)
    }

    fn title(&self) -> Message {
        let (names, maker) = (self.names(), self.maker());
        let function = retaining_path::named(&self.holder_name);
        match self.chain {
            Some(length) => ChainTitle { function, names, count: arg(length), maker }.into(),
            None => Title { function, names, maker }.into(),
        }
    }

    /// Says that no living function reads the variables, and which dead ones did.
    fn unread(&self) -> Message {
        let (names, place) = (self.names(), self.place.as_ref().and_then(arg));
        let doubt = match self.doubt {
            None => None,
            Some(Doubt::Eval) => arg(EvalDoubt {}),
            Some(Doubt::Changed) => arg(ChangedDoubt {}),
            Some(Doubt::Missing) => arg(MissingDoubt {}),
        };
        let readers = list(self.dead.iter().filter_map(|reader| match reader {
            Reader::Named(name) => retaining_path::named(name),
            Reader::InLine(line) => arg(NamelessReader { line: arg(u64::from(*line)) }),
        }));
        if self.names.len() > 1 {
            UnreadSeveral { names, place, doubt, readers }.into()
        } else {
            UnreadOne { names, place, doubt, readers }.into()
        }
    }

    fn sentence(&self) -> Message {
        let root = self.root.as_ref().and_then(arg);
        let bytes = self.series.bytes.last().copied().and_then(arg);
        let (counts, maker, unread) =
            (self.series.counts_value(), self.maker(), arg(self.unread()));
        let function = arg(self.holder.clone());
        if let Some(length) = self.chain {
            let count = arg(length);
            return Chain { count, maker, counts, root, bytes, function, unread }.into();
        }
        let count = self.series.counts.last().copied().and_then(arg);
        Shared { count, function, counts, root, bytes, maker, unread }.into()
    }

    fn fix(&self) -> Message {
        let function = retaining_path::named(&self.holder_name);
        Fix { names: self.names(), maker: self.maker(), function }.into()
    }
}

/// Returns whether a finding about listeners or timers explains why the function is alive. Then the
/// scope is only a part of that leak.
fn is_explained(case: &Case<'_>, before: &[Finding], closure: NodeIx, bytes: u64) -> bool {
    let explains = |finding: &&Finding| {
        matches!(finding.kind, Kind::EVENT_LISTENERS | Kind::TIMERS)
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

/// Returns the name of the function that created a scope, as V8 stores it.
fn maker_in_heap(heap: &Heap<'_>, context: NodeIx) -> Option<String> {
    let info = heap.internal(context, Word::ScopeInfo)?;
    let (_, shared) = heap.analysis.incoming(info).take(256).find(|&(edge, source)| {
        heap.graph.kind(source) == NodeKind::CODE && heap.is_named(edge, Word::NameOrScopeInfo)
    })?;
    let name = heap.graph.name(shared).to_string_lossy().into_owned();
    (!name.is_empty() && !name.starts_with('(')).then_some(name)
}
