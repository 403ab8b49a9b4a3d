//! Makes the finding about a large owner.

use heapsnapshot::{EdgeKind, NodeIx};

use super::code::Code;
use super::common::{Common, Fix, paragraph};
use super::contents::Contents;
use super::{Holder, Owner, together};
use crate::finding::{Culprit, Evidence, Finding, Kind, Severity};
use crate::heap::Heap;
use crate::internals;
use crate::message::{Message, arg, list, messages};
use crate::place::Place;
use crate::prose;
use crate::retaining_path::{self, RetainingPath};
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
    NamedScope("retained-object.scope.named") { retainer }
    NamedText("retained-object.string.named") { retainer }
    Text("retained-object.string") { internals }
    NamedObject("retained-object.object.named") { class, retainer }
    Object("retained-object.object") { class, internals }
    Chain("retained-object.chain") { retainer, count, class, bytes, share, classes }
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

/// Makes the finding about an owner. `None` if it would say nothing about the program.
pub(super) fn report(
    case: &mut Case<'_>,
    owner: &Owner,
    contents: &Contents,
    severity: Severity,
) -> Option<Finding> {
    let share = owner.bytes.saturating_mul(100) / case.heap.analysis.total_size().max(1);
    let is_external = contents.external * 2 >= owner.bytes;
    let outside = is_external.then(|| Outside { bytes: arg(contents.external) }.into());
    let common = Common {
        owner,
        severity,
        share,
        classes: contents.classes(&case.heap),
        outside,
        is_external,
    };
    match &owner.holder {
        Holder::Object(node) => match script_of(&case.heap, *node) {
            Some(script) => Some(source_text(case, &common, *node, &script)),
            None => Some(object(case, &common, *node)),
        },
        Holder::Chain(node) => Some(chain(case, &common, *node, contents)),
        Holder::Module(scope) => Some(module(case, &common, *scope)),
        Holder::Group(group) => together::report(case, &common, group),
    }
}

/// Returns a sentence on the largest properties or variables of an object: `` Its largest parts are
/// `rows` (Array, 2.1 MB) and `index` (Map, 1.0 MB). ``
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

/// Reports a large object.
fn object(case: &mut Case<'_>, common: &Common<'_>, node: NodeIx) -> Finding {
    let path = RetainingPath::find(&case.heap, &mut case.sources, node);
    let class = kind_of(&case.heap, node);
    let name = path.name.clone().unwrap_or_else(|| class.clone());
    let code = Code::of(case, &path, &[node]);
    let severity = code.severity(&case.heap, &path, common.severity);
    let large = collections::large(case, node, &path);
    let title = if name.starts_with('(') {
        StringTitle { share: common.share() }.into()
    } else {
        Title { name: arg(&name), share: common.share() }.into()
    };
    if let Some(finding) = large {
        return Finding {
            kind: if finding.kind == Kind::GROWING_COLLECTION {
                common.kind(finding.kind)
            } else {
                finding.kind
            },
            severity,
            confidence: 0.5,
            title,
            sentence: {
                let share = Share { share: common.share(), classes: common.classes.clone() }.into();
                paragraph(finding.sentence, std::iter::once(share).chain(common.outside.clone()))
            },
            ..finding
        };
    }
    let keeps = Keeps {
        subject: arg(subject(case, node, &path, &class)),
        bytes: common.bytes(),
        share: common.share(),
        classes: common.classes.clone(),
    };
    let parts = largest(case, node);
    let more = parts.into_iter().chain(common.outside.clone()).chain(code.sentence.clone());
    let kind = common.kind(Kind::RETAINED_OBJECT);
    Finding {
        severity,
        title,
        sentence: paragraph(keeps, more),
        signature: signature(&[kind.word(), path.file(), &name, &class]),
        culprit: code.culprit(&path, class),
        fix: Fix { name: arg(&name) }.into(),
        claims: case.claims(&path, node),
        retainer: Some(path.retainer(&name)),
        path: path.steps,
        subject: Some(node),
        marks: code.marks,
        ..common.finding(kind, 1)
    }
}

/// Returns an object with its retainer: `` The `Upload` `upload` (app.js:3:7) ``.
fn subject(case: &mut Case<'_>, node: NodeIx, path: &RetainingPath, class: &str) -> Message {
    let retainer = arg(path.retainer(class));
    // A variable of a running function has no name.
    let is_named = !path.name.as_ref().is_none_or(|name| name == class || name.starts_with('('));
    let internals = path.internals.clone().and_then(arg);
    if case.heap.is_context(node) {
        let closure = retaining_path::closure_of(&case.heap, node);
        let who = closure.map(|at| retaining_path::function(&case.heap, &mut case.sources, at));
        return match who {
            Some(who) => Scope { function: arg(who) }.into(),
            None => NamedScope { retainer }.into(),
        };
    }
    match (case.heap.is_string(node), is_named) {
        (true, true) => NamedText { retainer }.into(),
        (true, false) => Text { internals }.into(),
        (false, true) => NamedObject { class: arg(class), retainer }.into(),
        (false, false) => Object { class: arg(class), internals }.into(),
    }
}

/// Reports a long chain of objects that refer to each other.
fn chain(case: &mut Case<'_>, common: &Common<'_>, node: NodeIx, contents: &Contents) -> Finding {
    let finding = object(case, common, node);
    let class = arg(kind_of(&case.heap, node));
    let count = contents.count(&case.heap, node);
    let chain = Chain {
        retainer: finding.retainer.clone().and_then(arg),
        count: arg(count),
        class: class.clone(),
        bytes: common.bytes(),
        share: common.share(),
        classes: common.classes.clone(),
    };
    Finding {
        sentence: paragraph(chain, None),
        fix: ChainFix { class }.into(),
        evidence: Evidence { count, counts: vec![count], ..finding.evidence },
        ..finding
    }
}

/// Returns the name of the script whose text a string is.
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
    Some(heap.script_name(script))
}

/// Reports the text of a script, which is a part of the program and not a leak.
fn source_text(case: &mut Case<'_>, common: &Common<'_>, node: NodeIx, script: &str) -> Finding {
    let name = case.sources.shown(script);
    let path = RetainingPath::find(&case.heap, &mut case.sources, node);
    let (script, share) = (arg(&name), common.share());
    Finding {
        severity: Severity::Waste,
        title: SourceTitle { script: script.clone(), share: share.clone() }.into(),
        sentence: Source { script: script.clone(), bytes: common.bytes(), share }.into(),
        signature: signature(&[Kind::RETAINED_OBJECT.word(), &format!("`{name}`"), "source text"]),
        culprit: Culprit { constructor: Some("string".to_owned()), ..Culprit::default() },
        fix: SourceFix { script }.into(),
        path: path.steps,
        ..common.finding(Kind::RETAINED_OBJECT, 1)
    }
}

/// Reports the variables of a module together, without those reported separately.
fn module(case: &mut Case<'_>, common: &Common<'_>, scope: NodeIx) -> Finding {
    let origin =
        retaining_path::closure_of(&case.heap, scope).and_then(|closure| case.heap.origin(closure));
    let own = origin.as_ref().filter(|origin| !origin.is_internal());
    let file = own.map(|own| case.sources.shown(&own.script));
    let name: Message = match (&file, &origin) {
        (Some(file), _) => Module { file: arg(file) }.into(),
        (None, Some(origin)) => internals::of_script(&origin.script),
        (None, None) => SomeModule {}.into(),
    };
    let keeps = ModuleKeeps {
        module: arg(name.clone()),
        bytes: common.bytes(),
        share: common.share(),
        classes: common.classes.clone(),
    };
    let more = common.outside.clone().into_iter().chain([NoSingle {}.into()]);
    Finding {
        severity: if own.is_some() { common.severity } else { Severity::Waste },
        sentence: paragraph(keeps, more),
        signature: signature(&[Kind::RETAINED_OBJECT.word(), &name.to_string(), "module"]),
        title: ModuleTitle { module: arg(name), share: common.share() }.into(),
        culprit: Culprit {
            location: file.map(|file| Place { file, line: 1, column: 1 }),
            ..Culprit::default()
        },
        fix: ModuleFix {}.into(),
        path: RetainingPath::find(&case.heap, &mut case.sources, scope).steps,
        ..common.finding(common.kind(Kind::RETAINED_OBJECT), 1)
    }
}
