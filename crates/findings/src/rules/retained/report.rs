//! What is told of an owner.

use heapsnapshot::{EdgeKind, NodeIx};

use super::code::Code;
use super::contents::Contents;
use super::told::{Fix, Told, paragraph};
use super::{Owner, What, together};
use crate::finding::{Culprit, Evidence, Finding, Kind, Severity};
use crate::heap::Heap;
use crate::internals;
use crate::message::{Message, arg, list, messages};
use crate::place::Place;
use crate::prose;
use crate::route::{self, Route};
use crate::rules::{Case, Part, collections, kind_of, signature};
use crate::words::Word;

messages! {
    Share("retained.share") { share, classes }
    Outside("retained.outside") { bytes }
    Title("retained-object.title") { name, share }
    StringTitle("retained-object.title.string") { share }
    Keeps("retained-object.sentence") { subject, bytes, share, classes }
    Parts("retained-object.parts") { parts }
    Scope("retained-object.scope") { function }
    NamedScope("retained-object.scope.named") { keeper }
    NamedText("retained-object.string.named") { keeper }
    Text("retained-object.string") { internals }
    NamedObject("retained-object.object.named") { class, keeper }
    Object("retained-object.object") { class, internals }
    Chain("retained-object.chain") { keeper, count, class, bytes, share, classes }
    ChainFix("retained-object.chain.fix") { class }
    SourceTitle("source-text.title") { script, share }
    Source("source-text.sentence") { script, bytes, share }
    SourceFix("source-text.fix") { script }
    Module("module.name") { file }
    SomeModule("module.some") {}
    ModuleTitle("module.title") { module, share }
    ModuleKeeps("module.sentence") { module, bytes, share, classes }
    NoSingle("module.no-single") {}
    ModuleFix("module.fix") {}
}

pub(super) fn report(
    case: &mut Case<'_>,
    owner: &Owner,
    contents: &Contents,
    severity: Severity,
) -> Option<Finding> {
    let share = owner.bytes.saturating_mul(100) / case.heap.analysis.total_size().max(1);
    let is_external = contents.external * 2 >= owner.bytes;
    let outside = is_external.then(|| Outside { bytes: arg(contents.external) }.into());
    let told =
        Told { owner, severity, share, classes: contents.told(&case.heap), outside, is_external };
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

/// The largest properties or variables of an object, as a sentence:
/// `` Its largest parts are `rows` (Array, 2.1 MB) and `index` (Map, 1.0 MB). ``
fn largest(case: &mut Case<'_>, node: NodeIx) -> Option<Message> {
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
    let parts = list(parts.into_iter().map(|(name, target)| Part {
        name: arg(name),
        class: arg(kind_of(heap, target)),
        bytes: arg(heap.retained(target)),
    }));
    parts.map(|parts| Parts { parts: Some(parts) }.into())
}

fn object(case: &mut Case<'_>, told: &Told<'_>, node: NodeIx) -> Finding {
    let route = Route::find(&case.heap, &mut case.sources, node);
    let class = kind_of(&case.heap, node);
    let name = route.name.clone().unwrap_or_else(|| class.clone());
    let code = Code::of(case, &route, &[node]);
    let severity = code.severity(&case.heap, &route, told.severity);
    let large = collections::large(case, node, &route);
    let title = if name.starts_with('(') {
        StringTitle { share: told.share() }.into()
    } else {
        Title { name: arg(&name), share: told.share() }.into()
    };
    if let Some(finding) = large {
        return Finding {
            kind: if finding.kind == Kind::GROWING_COLLECTION {
                told.kind(finding.kind)
            } else {
                finding.kind
            },
            severity,
            confidence: 0.5,
            title,
            sentence: {
                let share = Share { share: told.share(), classes: told.classes.clone() }.into();
                paragraph(finding.sentence, std::iter::once(share).chain(told.outside.clone()))
            },
            ..finding
        };
    }
    let keeps = Keeps {
        subject: arg(subject(case, node, &route, &class)),
        bytes: told.bytes(),
        share: told.share(),
        classes: told.classes.clone(),
    };
    let parts = largest(case, node);
    let more = parts.into_iter().chain(told.outside.clone()).chain(code.told.clone());
    let kind = told.kind(Kind::RETAINED_OBJECT);
    Finding {
        severity,
        title,
        sentence: paragraph(keeps, more),
        signature: signature(&[kind.word(), route.file(), &name, &class]),
        culprit: code.culprit(&route, class),
        fix: Fix { name: arg(&name) }.into(),
        claims: case.claims(&route, node),
        keeper: Some(route.keeper(&name)),
        path: route.steps,
        subject: Some(node),
        marks: code.marks,
        ..told.finding(kind, 1)
    }
}

/// An object with what keeps it: `` The `Upload` `upload` (app.js:3:7) ``.
fn subject(case: &mut Case<'_>, node: NodeIx, route: &Route, class: &str) -> Message {
    let keeper = arg(route.keeper(class));
    // A variable of a function that is running has no name.
    let is_named = !route.name.as_ref().is_none_or(|name| name == class || name.starts_with('('));
    let internals = route.internals.clone().and_then(arg);
    if case.heap.is_context(node) {
        let closure = route::closure_of(&case.heap, node);
        let who = closure.map(|at| route::function(&case.heap, &mut case.sources, at));
        return match who {
            Some(who) => Scope { function: arg(who) }.into(),
            None => NamedScope { keeper }.into(),
        };
    }
    match (case.heap.is_string(node), is_named) {
        (true, true) => NamedText { keeper }.into(),
        (true, false) => Text { internals }.into(),
        (false, true) => NamedObject { class: arg(class), keeper }.into(),
        (false, false) => Object { class: arg(class), internals }.into(),
    }
}

fn chain(case: &mut Case<'_>, told: &Told<'_>, node: NodeIx, contents: &Contents) -> Finding {
    let finding = object(case, told, node);
    let class = arg(kind_of(&case.heap, node));
    let count = contents.count(&case.heap, node);
    let chain = Chain {
        keeper: finding.keeper.clone().and_then(arg),
        count: arg(count),
        class: class.clone(),
        bytes: told.bytes(),
        share: told.share(),
        classes: told.classes.clone(),
    };
    Finding {
        sentence: paragraph(chain, None),
        fix: ChainFix { class }.into(),
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
    let name = case.sources.shown(script);
    let route = Route::find(&case.heap, &mut case.sources, node);
    let (script, share) = (arg(&name), told.share());
    Finding {
        severity: Severity::Waste,
        title: SourceTitle { script: script.clone(), share: share.clone() }.into(),
        sentence: Source { script: script.clone(), bytes: told.bytes(), share }.into(),
        signature: signature(&[Kind::RETAINED_OBJECT.word(), &format!("`{name}`"), "source text"]),
        culprit: Culprit { constructor: Some("string".to_owned()), ..Culprit::default() },
        fix: SourceFix { script }.into(),
        path: route.steps,
        ..told.finding(Kind::RETAINED_OBJECT, 1)
    }
}

/// All that the variables of a module hold together, without those told by themselves.
fn module(case: &mut Case<'_>, told: &Told<'_>, scope: NodeIx) -> Finding {
    let origin = route::closure_of(&case.heap, scope).and_then(|closure| case.heap.origin(closure));
    let own = origin.as_ref().filter(|origin| !origin.is_internal());
    let file = own.map(|own| case.sources.shown(&own.script));
    let name: Message = match (&file, &origin) {
        (Some(file), _) => Module { file: arg(file) }.into(),
        (None, Some(origin)) => internals::of_script(&origin.script),
        (None, None) => SomeModule {}.into(),
    };
    let keeps = ModuleKeeps {
        module: arg(name.clone()),
        bytes: told.bytes(),
        share: told.share(),
        classes: told.classes.clone(),
    };
    let more = told.outside.clone().into_iter().chain([NoSingle {}.into()]);
    Finding {
        severity: if own.is_some() { told.severity } else { Severity::Waste },
        sentence: paragraph(keeps, more),
        signature: signature(&[Kind::RETAINED_OBJECT.word(), &name.to_string(), "module"]),
        title: ModuleTitle { module: arg(name), share: told.share() }.into(),
        culprit: Culprit {
            location: file.map(|file| Place { file, line: 1, column: 1 }),
            ..Culprit::default()
        },
        fix: ModuleFix {}.into(),
        path: Route::find(&case.heap, &mut case.sources, scope).steps,
        ..told.finding(told.kind(Kind::RETAINED_OBJECT), 1)
    }
}
