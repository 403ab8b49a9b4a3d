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
    Title("closure-context.title") { function, names, creator }
    ChainTitle("closure-context.title.chain") { function, names, count, creator }
    Shared("closure-context.shared") { count, function, counts, root, bytes, creator, unread }
    Chain("closure-context.chain") { count, creator, counts, root, bytes, function, unread }
    UnreadOne("closure-context.unread.one") { names, place, doubt, readers }
    UnreadSeveral("closure-context.unread.several") { names, place, doubt, readers }
    NamelessReader("closure-context.reader") { line }
    EvalDoubt("closure-context.doubt.eval") {}
    ChangedDoubt("closure-context.doubt.changed") {}
    MissingDoubt("closure-context.doubt.missing") {}
    SomeCreator("closure-context.creator") {}
    Fix("closure-context.fix") { names, creator, function }
}

/// Minimum number of scopes in a chain. Shorter ones can come from recursion.
const MIN_CHAIN_LENGTH: usize = 20;

/// Maximum number of variables that a finding names.
const MAX_NAMES: usize = 4;

/// Returns the length of the longest chain of scopes in which each scope dominates the next.
fn max_chain_length(heap: &Heap<'_>, contexts: &[NodeIx]) -> usize {
    /// Maximum number of dominator steps from one scope of a chain to the next.
    const MAX_STEPS: usize = 12;
    let all: HashSet<NodeIx> = contexts.iter().copied().collect();
    let parent = |context: NodeIx| {
        let mut at = context;
        for _ in 0..MAX_STEPS {
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

/// Returns how many scopes of a group an earlier snapshot contains, and the bytes that `variables`
/// retain in them.
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

/// The arguments of the messages of a finding.
struct Texts {
    /// Number of scopes, and the bytes that their variables retain, in each snapshot.
    series: Series,
    /// Length of the chain, if the scopes form one.
    chain_length: Option<usize>,
    /// Names of up to four unread variables, most bytes first; from the source map if there is one.
    names: Vec<String>,
    /// The function whose call creates such a scope.
    creator: Option<String>,
    /// The functions that read the first variable in the source. Nearly all of them are dead.
    readers: Vec<Reader>,
    /// The living function that retains the scope, with its location.
    retainer: Message,
    /// The name of that function.
    retainer_name: String,
    /// Where the first variable is declared, or else where `retainer` is defined.
    place: Option<Place>,
    /// The expression by which the program reaches `retainer`.
    root: Option<String>,
    /// Why it is uncertain that the variables are unread.
    doubt: Option<Doubt>,
}

/// Judges a group: returns the number of scopes and their bytes in each snapshot, the severity, and
/// the length of the chain if at least [`MIN_CHAIN_LENGTH`] scopes, and at least half of the group,
/// form one.
///
/// With several snapshots, the trend of the counts decides. With one snapshot, a chain is a leak,
/// because only repeated calls can build it. At least [`MIN_SCOPES`] scopes with a tenth of
/// [`MIN_WASTE_BYTES`] are a suspect, and everything else is waste. With a [`Doubt`], the severity
/// is at most suspect.
fn judge(case: &Case<'_>, unread: &Unread, bytes: u64) -> (Series, Severity, Option<usize>) {
    let group = &unread.group;
    let length = max_chain_length(&case.heap, &group.contexts);
    let mut series = Series::default();
    for heap in &case.earlier {
        let (count, bytes) = count_in(heap, group, &unread.variables);
        series.counts.push(count);
        series.bytes.push(bytes);
    }
    series.counts.push(group.contexts.len() as u64);
    series.bytes.push(bytes);
    let is_chain = length >= MIN_CHAIN_LENGTH && length * 2 >= group.contexts.len();
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

/// Returns the finding about a group whose unread variables retain `bytes`. `None` if it is too
/// small, if one of the findings `before` explains it, or if V8 does not know where the function
/// that retains the scope was defined.
pub(super) fn report(
    case: &mut Case<'_>,
    before: &[Finding],
    unread: &Unread,
    bytes: u64,
) -> Option<Finding> {
    if bytes < MIN_BYTES {
        return None;
    }
    let (series, severity, chain_length) = judge(case, unread, bytes);
    if severity == Severity::Waste && bytes < MIN_WASTE_BYTES {
        return None;
    }
    let example = unread.readers.example?;
    // In a chain, this is the scope that retains all others.
    let context =
        unread.group.contexts.iter().copied().max_by_key(|&context| case.heap.retained(context))?;
    let retainer = retaining_path::closure_of(&case.heap, context).unwrap_or(example);
    if is_explained(case, before, retainer, bytes) {
        return None;
    }
    let (variable, _) = unread.variables.first()?;
    let path = RetainingPath::find(&case.heap, &mut case.sources, retainer);
    let texts =
        Texts::new(case, unread, series, chain_length, context, retainer, path.name.clone())?;
    let value = case
        .heap
        .variables(context)
        .into_iter()
        .find(|(name, _)| name == variable)
        .map(|(_, value)| value);
    let first = texts.names.first().cloned();
    let mut below_retainer = vec![("scope".to_owned(), context)];
    below_retainer.extend(first.clone().zip(value));
    let marks = [
        first.as_deref().and_then(|name| case.mark_variable(retainer, variable, name)),
        case.mark_function(retainer, Role::Keeper),
    ];
    Some(Finding {
        confidence: match unread.doubt {
            None => 0.95,
            Some(Doubt::Eval) => 0.5,
            Some(Doubt::Changed) => 0.4,
            Some(Doubt::Missing) => 0.3,
        },
        title: texts.title(),
        sentence: texts.sentence().into(),
        fix: texts.fix(),
        signature: signature(&[
            Kind::CLOSURE_CONTEXT.word(),
            texts.place.as_ref().map_or("", |place| &place.file),
            texts.creator.as_deref().unwrap_or_default(),
            first.as_deref().unwrap_or_default(),
        ]),
        evidence: texts.series.evidence(),
        culprit: Culprit {
            variable: first,
            property: path.property.clone(),
            constructor: value.map(|value| kind_of(&case.heap, value)),
            function: Some(texts.retainer_name),
            location: texts.place,
        },
        path: case.extend(&path, &below_retainer),
        entries: unread.group.contexts.clone(),
        marks: marks.into_iter().flatten().collect(),
        ..Finding::new(Kind::CLOSURE_CONTEXT, severity)
    })
}

impl Texts {
    /// Collects the arguments. `retainer` retains `context`, and `root` is the expression by which
    /// the program reaches `retainer`. `None` if V8 does not know where `retainer` was defined.
    fn new(
        case: &mut Case<'_>,
        unread: &Unread,
        series: Series,
        chain_length: Option<usize>,
        context: NodeIx,
        retainer: NodeIx,
        root: Option<String>,
    ) -> Option<Self> {
        let (variable, _) = unread.variables.first()?;
        let origin = case.heap.origin(retainer)?;
        let script = case.sources.script(&case.heap, retainer, &origin);
        let scopes = script.as_ref().map(|script| &script.scopes);
        let at = (origin.line, origin.column);
        let creator = scopes.and_then(|scopes| scopes.owner(variable, at));
        let names = unread.variables.iter().take(MAX_NAMES).map(|(name, _)| {
            retaining_path::variable_name(&case.heap, &mut case.sources, retainer, name)
        });
        Some(Self {
            series,
            chain_length,
            names: names.collect(),
            creator: creator.or_else(|| creator_in_heap(&case.heap, context)),
            readers: scopes.map(|scopes| scopes.readers(variable, &[at])).unwrap_or_default(),
            place: retaining_path::declared(&case.heap, &mut case.sources, retainer, variable)
                .or_else(|| case.sources.place(&case.heap, retainer)),
            retainer: retaining_path::function(&case.heap, &mut case.sources, retainer).into(),
            retainer_name: retaining_path::function_name(&case.heap, &mut case.sources, retainer),
            root,
            doubt: unread.doubt,
        })
    }

    /// Returns the function whose call creates the scope, or "its function".
    fn creator(&self) -> Option<Value> {
        self.creator.as_deref().map_or_else(|| arg(SomeCreator {}), retaining_path::named)
    }

    /// Returns the names of the variables, as a list in a sentence.
    fn names(&self) -> Option<Value> {
        list(&self.names)
    }

    /// Returns the title of the finding.
    fn title(&self) -> Message {
        let (names, creator) = (self.names(), self.creator());
        let function = retaining_path::named(&self.retainer_name);
        match self.chain_length {
            Some(length) => ChainTitle { function, names, count: arg(length), creator }.into(),
            None => Title { function, names, creator }.into(),
        }
    }

    /// Returns the clause which says that no living function reads the variables, and names the
    /// functions that read the first one in the source.
    fn unread(&self) -> Message {
        let (names, place) = (self.names(), self.place.as_ref().and_then(arg));
        let doubt = match self.doubt {
            None => None,
            Some(Doubt::Eval) => arg(EvalDoubt {}),
            Some(Doubt::Changed) => arg(ChangedDoubt {}),
            Some(Doubt::Missing) => arg(MissingDoubt {}),
        };
        let readers = list(self.readers.iter().filter_map(|reader| match reader {
            Reader::Named(name) => retaining_path::named(name),
            Reader::InLine(line) => arg(NamelessReader { line: arg(u64::from(*line)) }),
        }));
        if self.names.len() > 1 {
            UnreadSeveral { names, place, doubt, readers }.into()
        } else {
            UnreadOne { names, place, doubt, readers }.into()
        }
    }

    /// Returns the paragraph: how many scopes retain how many bytes, through which variables, and
    /// why.
    fn sentence(&self) -> Message {
        let root = self.root.as_ref().and_then(arg);
        let bytes = self.series.bytes.last().copied().and_then(arg);
        let (counts, creator, unread) =
            (self.series.counts_value(), self.creator(), arg(self.unread()));
        let function = arg(self.retainer.clone());
        if let Some(length) = self.chain_length {
            let count = arg(length);
            return Chain { count, creator, counts, root, bytes, function, unread }.into();
        }
        let count = self.series.counts.last().copied().and_then(arg);
        Shared { count, function, counts, root, bytes, creator, unread }.into()
    }

    /// Returns how to fix the leak.
    fn fix(&self) -> Message {
        let function = retaining_path::named(&self.retainer_name);
        Fix { names: self.names(), creator: self.creator(), function }.into()
    }
}

/// Returns whether a leak of listeners or timers, with at least half of `bytes`, retains
/// `closure`. The scope that `closure` retains then belongs to that leak, and gets no finding of
/// its own.
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
fn creator_in_heap(heap: &Heap<'_>, context: NodeIx) -> Option<String> {
    let info = heap.internal(context, Word::ScopeInfo)?;
    let (_, shared) = heap.analysis.incoming(info).take(256).find(|&(edge, source)| {
        heap.graph.kind(source) == NodeKind::CODE && heap.is_named(edge, Word::NameOrScopeInfo)
    })?;
    let name = heap.graph.name(shared).to_string_lossy().into_owned();
    (!name.is_empty() && !name.starts_with('(')).then_some(name)
}
