//! What is told of an owner.

use heapsnapshot::{EdgeKind, NodeIx};

use super::code::Code;
use super::contents::Contents;
use super::{Owner, What, together};
use crate::finding::{Culprit, Evidence, Finding, Kind, Place, Severity};
use crate::heap::Heap;
use crate::internals;
use crate::prose;
use crate::route::{self, Route};
use crate::rules::{Case, collections, kind_of, signature};
use crate::words::Word;

/// What one snapshot cannot show.
pub(super) const UNKNOWN: &str = " A second snapshot would show whether it grows.";

/// What is the same in all findings of this rule.
pub(super) struct Told<'a> {
    pub(super) owner: &'a Owner,
    pub(super) severity: Severity,
    pub(super) share: u64,
    /// `` 64.1 MB alive, 73 % of the heap: 28,000 `Frame` 2.1 MB, 28,000 `Array` 62.0 MB ``.
    pub(super) keeps: String,
    pub(super) classes: String,
    /// A sentence on memory outside the JavaScript heap, or nothing.
    pub(super) outside: String,
    pub(super) is_external: bool,
}

pub(super) fn report(
    case: &mut Case<'_>,
    owner: &Owner,
    contents: &Contents,
    severity: Severity,
) -> Option<Finding> {
    let share = owner.bytes.saturating_mul(100) / case.heap.analysis.total_size().max(1);
    let is_external = contents.external * 2 >= owner.bytes;
    let outside = format!(
        " {} of it is outside the JavaScript heap, in buffers.",
        prose::bytes(contents.external)
    );
    let classes = contents.told(&case.heap);
    let told = Told {
        owner,
        severity,
        share,
        keeps: format!("{} alive, {share} % of the heap: {classes}", prose::bytes(owner.bytes)),
        classes,
        outside: if is_external { outside } else { String::new() },
        is_external,
    };
    match &owner.what {
        What::Object(node) => match script_of(&case.heap, *node) {
            Some(script) => Some(source_text(case, &told, *node, &script)),
            None => Some(object(case, &told, *node)),
        },
        What::Chain(node) => Some(chain(case, &told, *node, contents)),
        What::Module(scope) => Some(module(case, &told, *scope)),
        What::Group(group) => together::report(case, &told, group),
    }
}

impl Told<'_> {
    pub(super) fn kind(&self, otherwise: Kind) -> Kind {
        if self.is_external { Kind::ExternalMemory } else { otherwise }
    }

    pub(super) fn finding(&self, kind: Kind, count: u64) -> Finding {
        let bytes = self.owner.bytes;
        Finding {
            confidence: 0.5,
            evidence: Evidence::of_one(bytes, count),
            claims: self.owner.nodes().collect(),
            ..Finding::new(kind, self.severity)
        }
    }
}

/// The largest properties or variables of an object, as a sentence, or nothing:
/// `` Most of it is in `rows` (Array, 2.1 MB) and `index` (Map, 1.0 MB). ``
fn largest(case: &mut Case<'_>, node: NodeIx) -> String {
    const MAX: usize = 3;
    let heap = &case.heap;
    let edges = heap.graph.edges(node).filter(|&edge| {
        matches!(heap.graph.edge_kind(edge), EdgeKind::PROPERTY | EdgeKind::CONTEXT)
            && !heap.is_bookkeeping(edge)
            && heap.analysis.dominator(heap.graph.target(edge)) == node
    });
    let named = edges.filter_map(|edge| {
        let name = heap.edge_text(edge)?;
        let is_shown = case.sources.show_values || prose::is_name(&name);
        is_shown.then(|| (name, heap.graph.target(edge)))
    });
    let mut parts: Vec<(String, NodeIx)> = named.collect();
    parts.sort_by_key(|(name, target)| (std::cmp::Reverse(heap.retained(*target)), name.clone()));
    parts.dedup_by_key(|(_, target)| *target);
    parts.retain(|&(_, target)| heap.retained(target) * 10 >= heap.retained(node));
    parts.truncate(MAX);
    if parts.is_empty() {
        return String::new();
    }
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(name, target)| {
            let (class, bytes) = (kind_of(heap, target), prose::bytes(heap.retained(target)));
            format!("{} ({class}, {bytes})", prose::code(&name))
        })
        .collect();
    format!(" Its largest parts are {}.", prose::list(&parts))
}

fn object(case: &mut Case<'_>, told: &Told<'_>, node: NodeIx) -> Finding {
    let route = Route::find(&case.heap, &mut case.sources, node);
    let class = kind_of(&case.heap, node);
    let name = route.name.clone().unwrap_or_else(|| class.clone());
    let code = Code::of(case, &route, &[node]);
    let severity = code.severity(&case.heap, &route, told.severity);
    let large = collections::large(case, node, &route);
    let title = if name.starts_with('(') {
        format!("a string holds {} % of the heap", told.share)
    } else {
        format!("{} holds {} % of the heap", prose::code(&name), told.share)
    };
    if let Some(finding) = large {
        return Finding {
            kind: if finding.kind == Kind::GrowingCollection {
                told.kind(finding.kind)
            } else {
                finding.kind
            },
            severity,
            confidence: 0.5,
            title,
            sentence: format!(
                "{} That is {} % of the heap: {}.{}{UNKNOWN}",
                finding.sentence, told.share, told.classes, told.outside
            ),
            ..finding
        };
    }
    let parts = largest(case, node);
    let kind = told.kind(Kind::RetainedObject);
    Finding {
        severity,
        title,
        sentence: format!(
            "{} keeps {}.{parts}{}{}{UNKNOWN}",
            subject(case, node, &route, &class),
            told.keeps,
            told.outside,
            code.told
        ),
        signature: signature(&[kind.word(), route.file(), &name, &class]),
        culprit: code.culprit(&route, class),
        fix: format!("See whether all that {} holds is needed.", prose::code(&name)),
        claims: case.claims(&route, node),
        keeper: route.keeper(&name),
        path: route.steps,
        subject: Some(node),
        marks: code.marks,
        ..told.finding(kind, 1)
    }
}

/// An object with what keeps it: `` The `Upload` `upload` (app.js:3:7) ``.
fn subject(case: &mut Case<'_>, node: NodeIx, route: &Route, class: &str) -> String {
    let keeper = route.keeper(class);
    // A variable of a function that is running has no name.
    let is_named = !route.name.as_ref().is_none_or(|name| name == class || name.starts_with('('));
    let place = route.internals.as_ref().map(|place| format!(" in {place}")).unwrap_or_default();
    match () {
        () if case.heap.is_context(node) => {
            let closure = route::closure_of(&case.heap, node);
            let who = closure.map(|at| route::function(&case.heap, &mut case.sources, at));
            match who {
                Some(who) => format!("The scope that {who} was made in"),
                None => format!("The scope {keeper}"),
            }
        }
        () if case.heap.is_string(node) && is_named => format!("The string {keeper}"),
        () if case.heap.is_string(node) => format!("A string{place}"),
        () if is_named => format!("The {} {keeper}", prose::code(class)),
        () => format!("The {}{place}", prose::code(class)),
    }
}

fn chain(case: &mut Case<'_>, told: &Told<'_>, node: NodeIx, contents: &Contents) -> Finding {
    let finding = object(case, told, node);
    let class = kind_of(&case.heap, node);
    let count = contents.count(&case.heap, node);
    let keeper = finding.keeper.clone();
    Finding {
        sentence: format!(
            "{keeper} is the first of a chain of {} {}, which keeps {}.{UNKNOWN}",
            prose::integer(count),
            prose::code(&class),
            told.keeps
        ),
        fix: format!(
            "Cut the chain: take the reference to the next {} away where older ones are not needed any more.",
            prose::code(&class)
        ),
        evidence: Evidence { count, counts: vec![count], ..finding.evidence },
        ..finding
    }
}

/// The name of the script whose text a string is.
fn script_of(heap: &Heap<'_>, text: NodeIx) -> Option<String> {
    if !heap.is_string(text) {
        return None;
    }
    let mut scripts = heap
        .analysis
        .incoming(text)
        .take(64)
        .filter(|&(edge, source)| heap.is_named(edge, Word::Source) && heap.is_engine(source));
    let (_, script) = scripts.next()?;
    let name = heap.graph.name(script).to_string_lossy().into_owned();
    Some(name.strip_prefix("system / Script / ").map(str::to_owned).unwrap_or(name))
}

/// The text of a script is the program, and no leak.
fn source_text(case: &mut Case<'_>, told: &Told<'_>, node: NodeIx, script: &str) -> Finding {
    let name = prose::code(&case.sources.shown(script));
    let bytes = prose::bytes(told.owner.bytes);
    let route = Route::find(&case.heap, &mut case.sources, node);
    Finding {
        severity: Severity::Waste,
        title: format!("the source text of {name} holds {} % of the heap", told.share),
        sentence: format!(
            "The source text of {name} takes {bytes}, {} % of the heap. It is the code of the program, which V8 keeps as long as it may compile a function of it.",
            told.share
        ),
        signature: signature(&[Kind::RetainedObject.word(), &name, "source text"]),
        culprit: Culprit { constructor: Some("string".to_owned()), ..Culprit::default() },
        fix: format!("Nothing leaks here. To need less, minify {name}, or load less of it."),
        path: route.steps,
        ..told.finding(Kind::RetainedObject, 1)
    }
}

/// All that the variables of a module hold together, without those told by themselves.
fn module(case: &mut Case<'_>, told: &Told<'_>, scope: NodeIx) -> Finding {
    let origin = route::closure_of(&case.heap, scope).and_then(|closure| case.heap.origin(closure));
    let own = origin.as_ref().filter(|origin| !origin.is_internal());
    let name = match (own, &origin) {
        (Some(own), _) => format!("the module {}", prose::code(&case.sources.shown(&own.script))),
        (None, Some(origin)) => internals::of_script(&origin.script),
        (None, None) => "a module".to_owned(),
    };
    let file = own.map(|own| case.sources.shown(&own.script));
    Finding {
        severity: if own.is_some() { told.severity } else { Severity::Waste },
        title: format!("{name} holds {} % of the heap", told.share),
        sentence: format!(
            "The variables of {name} together keep {}.{} No single one of them holds most of it.{UNKNOWN}",
            told.keeps, told.outside
        ),
        signature: signature(&[Kind::RetainedObject.word(), &name, "module"]),
        culprit: Culprit {
            location: file.map(|file| Place { file, line: 1, column: 1 }),
            ..Culprit::default()
        },
        fix: "If these are tables that the module needs, nothing leaks. Otherwise see which of its variables hold data that is done with.".to_owned(),
        path: Route::find(&case.heap, &mut case.sources, scope).steps,
        ..told.finding(told.kind(Kind::RetainedObject), 1)
    }
}
