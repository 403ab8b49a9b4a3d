//! What is told of an owner.

use heapsnapshot::NodeIx;

use super::contents::Contents;
use super::shared::Group;
use super::{Owner, What};
use crate::behind;
use crate::finding::{Culprit, Evidence, Finding, Kind, Place, Severity};
use crate::frame::{Mark, Role};
use crate::heap::Heap;
use crate::internals;
use crate::prose;
use crate::route::{self, Route};
use crate::rules::marks::Home;
use crate::rules::{Case, collections, kind_of, signature};
use crate::words::Word;

/// Owners of one group that are named.
const MAX_HOLDERS: usize = 4;

/// What one snapshot cannot show.
const UNKNOWN: &str = " A second snapshot would show whether it grows.";

/// What is the same in all findings of this rule.
struct Told<'a> {
    owner: &'a Owner,
    severity: Severity,
    share: u64,
    /// `` 64.1 MB alive, 73 % of the heap: 28,000 `Frame` 2.1 MB, 28,000 `Array` 62.0 MB ``.
    keeps: String,
    classes: String,
    /// A sentence on memory outside the JavaScript heap, or nothing.
    outside: String,
    is_external: bool,
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
        " {} of it are outside the JavaScript heap, in buffers.",
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
        What::Group(group) => group_of(case, &told, group),
    }
}

impl Told<'_> {
    fn kind(&self, otherwise: Kind) -> Kind {
        if self.is_external { Kind::ExternalMemory } else { otherwise }
    }

    fn finding(&self, kind: Kind, count: u64) -> Finding {
        let bytes = self.owner.bytes;
        Finding {
            kind,
            severity: self.severity,
            confidence: 0.5,
            title: String::new(),
            sentence: String::new(),
            evidence: Evidence { bytes, count, counts: vec![count], ..Evidence::default() },
            signature: String::new(),
            culprit: Culprit::default(),
            path: Vec::new(),
            fix: String::new(),
            claims: self.owner.nodes().collect(),
            subject: None,
            entries: Vec::new(),
            keeper: String::new(),
            also: Vec::new(),
            frames: Vec::new(),
            marks: Vec::new(),
        }
    }
}

/// Who owns what is at the end of a route: code that makes or fills it, or, where Node holds
/// it, the function of the program behind it.
struct Code {
    home: Home,
    marks: Vec<Mark>,
    place: Option<Place>,
    function: Option<String>,
    /// A sentence on it, or nothing.
    told: String,
}

impl Code {
    fn of(case: &mut Case<'_>, route: &Route, objects: &[NodeIx]) -> Self {
        let mut marks = case.mark_collection(route);
        let home = Home::of(&mut case.sources, &marks);
        let mut code = Self {
            place: home.place(),
            function: home.filler.clone(),
            told: home.told(),
            marks: Vec::new(),
            home,
        };
        if code.place.is_none()
            && (route.is_internal || route.place.is_none())
            && let Some(function) = behind::function(&case.heap, objects)
        {
            code.place = case.sources.place(&case.heap, function);
            code.function = Some(route::function_name(&case.heap, &mut case.sources, function));
            let who = route::function(&case.heap, &mut case.sources, function);
            code.told = format!(" It leads to {who}.");
            marks.extend(case.mark_function(function, Role::Keeper));
        }
        code.place = code.place.or_else(|| route.place.clone());
        code.marks = marks;
        code
    }

    /// What Node holds, and no code of the program is behind, is Node's own.
    fn severity(&self, heap: &Heap<'_>, route: &Route, severity: Severity) -> Severity {
        let is_known = self.function.is_some() || self.home.place().is_some();
        if is_known || !route.is_internal || is_in_use(heap, route) {
            severity
        } else {
            Severity::Waste
        }
    }
}

/// Whether a function that is running, or a native handle, holds what is at the end of a route.
fn is_in_use(heap: &Heap<'_>, route: &Route) -> bool {
    const ROOTS: [&str; 3] = ["(Stack roots)", "(Handle scope)", "(Global handles)"];
    let top = route.links().last().map(|(top, _)| heap.graph.name(top));
    top.is_some_and(|name| ROOTS.iter().any(|root| name == *root))
}

fn object(case: &mut Case<'_>, told: &Told<'_>, node: NodeIx) -> Finding {
    let route = Route::find(&case.heap, &mut case.sources, node);
    let class = kind_of(&case.heap, node);
    let name = route.name.clone().unwrap_or_else(|| class.clone());
    let code = Code::of(case, &route, &[node]);
    let severity = code.severity(&case.heap, &route, told.severity);
    let large = collections::large(case, node, &route);
    let title = format!("{} holds {} % of the heap", prose::code(&name), told.share);
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
    let is_string = case.heap.is_string(node);
    let what = if case.heap.is_context(node) {
        "The scope".to_owned()
    } else if is_string {
        "The string".to_owned()
    } else {
        format!("The {}", prose::code(&class))
    };
    let kind = told.kind(Kind::RetainedObject);
    Finding {
        severity,
        title,
        sentence: format!(
            "{what} {} keeps {}.{}{}{UNKNOWN}",
            route.keeper(&class),
            told.keeps,
            told.outside,
            code.told
        ),
        signature: signature(&[kind.word(), route.file(), &name, &class]),
        culprit: culprit(&route, class, &code),
        fix: format!("See whether all that {} holds is needed.", prose::code(&name)),
        claims: case.claims(&route, node),
        keeper: route.keeper(&name),
        path: route.steps,
        subject: Some(node),
        marks: code.marks,
        ..told.finding(kind, 1)
    }
}

fn culprit(route: &Route, class: String, code: &Code) -> Culprit {
    Culprit {
        location: code.place.clone(),
        function: code.function.clone(),
        ..route.culprit(Some(class))
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

/// The class of most of `members`, by what they retain.
fn main_class(heap: &Heap<'_>, members: &[NodeIx]) -> Option<(String, u64)> {
    let mut classes: std::collections::BTreeMap<String, (u64, u64)> = Default::default();
    for &node in members {
        let entry = classes.entry(kind_of(heap, node)).or_default();
        entry.0 += heap.retained(node);
        entry.1 += 1;
    }
    let (class, (_, count)) = classes.into_iter().max_by_key(|(_, (bytes, _))| *bytes)?;
    Some((class, count))
}

fn group_of(case: &mut Case<'_>, told: &Told<'_>, group: &Group) -> Option<Finding> {
    let (class, count) = main_class(&case.heap, &group.members)?;
    let example = *group.members.iter().find(|&&node| kind_of(&case.heap, node) == class)?;
    let holders = group.holders.iter().take(MAX_HOLDERS);
    let mut routes: Vec<(NodeIx, Route)> = holders
        .map(|&holder| (holder, Route::find(&case.heap, &mut case.sources, holder)))
        .collect();
    // Tables of Node say less than variables of the program.
    routes.sort_by_key(|(_, route)| (route.is_internal, route.place.is_none()));
    let keepers: Vec<String> =
        routes.iter().map(|(holder, route)| route.keeper(&case.heap.class(*holder))).collect();
    let is_held = !routes.is_empty();
    let names: Vec<String> = routes
        .iter()
        .map(|(holder, route)| {
            prose::code(&route.name.clone().unwrap_or_else(|| case.heap.class(*holder)))
        })
        .collect();
    let route = match routes.into_iter().next() {
        Some((_, route)) => route,
        None => Route::find(&case.heap, &mut case.sources, example),
    };
    let code = Code::of(case, &route, &group.members);
    let name = route.name.clone().unwrap_or_else(|| class.clone());
    let things = if class == "string" { class.clone() } else { prose::code(&class) };
    let (subject, together) = group_words(&things, count, &route, &name, &keepers);
    let kind = told.kind(Kind::RetainedGroup);
    let fix = if is_held {
        "Take an object out of all of them when it is done with: one that still refers to it keeps it alive.".to_owned()
    } else {
        format!("See whether all that {} holds is needed.", prose::code(&name))
    };
    let more = if is_held { vec![("entry".to_owned(), example)] } else { Vec::new() };
    Some(Finding {
        severity: code.severity(&case.heap, &route, told.severity),
        title: match names.as_slice() {
            [] => format!("objects of {things} hold {} % of the heap", told.share),
            [one] => format!("{one} holds {} % of the heap", told.share),
            several => format!("{} hold {} % of the heap", prose::list(several), told.share),
        },
        sentence: format!(
            "{subject} keep {}.{}{together}{}{UNKNOWN}",
            told.keeps, told.outside, code.told
        ),
        signature: signature(&[kind.word(), route.file(), &name, &class]),
        culprit: culprit(&route, class.clone(), &code),
        fix,
        path: case.extend(&route, &more),
        keeper: keepers.first().cloned().unwrap_or_default(),
        marks: code.marks,
        ..told.finding(kind, count)
    })
}

/// The subject of the sentence on a group, and a sentence on who holds it.
fn group_words(
    things: &str,
    count: u64,
    route: &Route,
    name: &str,
    keepers: &[String],
) -> (String, String) {
    let count = prose::integer(count);
    match keepers {
        [] => {
            let example = format!(" such as the one in {}{},", prose::code(name), route.told());
            (format!("{count} objects of {things},{example} together"), String::new())
        }
        [one] => (
            format!("{count} objects of {things}"),
            format!(" {one} refers to them, and not alone."),
        ),
        several => (
            format!("{count} objects of {things}"),
            format!(" All of these refer to them: {}.", prose::list(several)),
        ),
    }
}
