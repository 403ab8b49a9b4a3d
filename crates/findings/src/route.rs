//! Why something is alive, in the words of the program: from a variable, a class or a
//! root to the object.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use heapsnapshot::{EdgeIx, EdgeKind, EdgeName, NodeIx, NodeKind};

use crate::finding::{Culprit, Place, Step};
use crate::heap::{Collection, Heap, Origin, is_internal};
use crate::internals;
use crate::prose;
use crate::source::Sources;
use crate::words::Word;

/// Nodes that a search visits before it gives up.
const MAX_NODES: usize = 10_000;

/// What it costs to pass an object that is younger than the first snapshot: what lives long
/// is rather held by what lives as long.
const YOUNG_COST: u32 = 6;

/// References that a search looks at before it gives up. There is no limit for one object:
/// the program's variable may be the last of thousands that refer to it.
const MAX_EDGES: usize = 1 << 20;

/// A way from a root of the program to an object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Route {
    /// The references from the top down: who refers, and by which edge. The last
    /// refers to the object.
    links: Vec<(NodeIx, EdgeIx)>,
    /// The name by which a program would reach it: `store.cache`.
    pub(crate) name: Option<String>,
    /// The variable at the top, or the class whose property it is.
    pub(crate) variable: Option<String>,
    /// The last property on the way.
    pub(crate) property: Option<String>,
    /// Where the variable or the class is.
    pub(crate) place: Option<Place>,
    /// Whether Node itself holds it.
    pub(crate) is_internal: bool,
    /// What of Node or V8 holds it, in words: "Node's ESM loader". Only where it is internal.
    pub(crate) internals: Option<String>,
    /// The references for people.
    pub(crate) steps: Vec<Step>,
}

/// Where a search upwards may end, and how good an end that is.
enum End {
    /// A variable of a module, a global, a property of a class.
    Good(u32),
    /// Not an end.
    No,
}

/// Where a path may begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ends {
    /// With a variable of a module, a global, a property of a class or one of V8's roots.
    Root,
    /// With a variable of any function as well.
    AnyScope,
}

/// What it costs to go up through an edge: low for what people wrote.
fn cost(heap: &Heap<'_>, source: NodeIx, edge: EdgeIx) -> Option<u32> {
    let kind = heap.graph.edge_kind(edge);
    if kind == EdgeKind::WEAK || source == heap.graph.root() {
        return None;
    }
    let young = if heap.is_fresh(source) { YOUNG_COST } else { 0 };
    Some(
        young
            + match kind {
                EdgeKind::PROPERTY if heap.is_named(edge, Word::Proto) => 30,
                EdgeKind::CONTEXT | EdgeKind::PROPERTY | EdgeKind::ELEMENT => 2,
                EdgeKind::INTERNAL if heap.is_named(edge, Word::Table) => 1,
                EdgeKind::INTERNAL if heap.is_named(edge, Word::Context) => 3,
                EdgeKind::INTERNAL if heap.is_named(edge, Word::Previous) => 5,
                EdgeKind::INTERNAL
                    if heap.is_named(edge, Word::Elements)
                        || heap.is_named(edge, Word::Properties) =>
                {
                    20
                }
                EdgeKind::INTERNAL => match heap.graph.kind(source) {
                    // The entries of a Map or Set.
                    NodeKind::ARRAY => 2,
                    NodeKind::SYNTHETIC => 25,
                    _ => 9,
                },
                _ => 15,
            },
    )
}

fn end(heap: &Heap<'_>, source: NodeIx, edge: EdgeIx, ends: Ends) -> End {
    match heap.graph.edge_kind(edge) {
        EdgeKind::CONTEXT if heap.is_context(source) && is_outermost(heap, source) => {
            // Node's own modules come after the program's variables.
            let is_internal = closure_of(heap, source)
                .and_then(|closure| heap.origin(closure))
                .is_none_or(|origin| origin.is_internal());
            End::Good(if is_internal { 12 } else { 0 })
        }
        EdgeKind::CONTEXT if ends == Ends::AnyScope && heap.is_context(source) => {
            let is_written = closure_of(heap, source)
                .and_then(|closure| heap.origin(closure))
                .is_some_and(|origin| !origin.is_internal());
            if is_written { End::Good(4) } else { End::No }
        }
        EdgeKind::PROPERTY if is_global(heap, source) => End::Good(1),
        EdgeKind::PROPERTY
            if heap.is_closure(source)
                && heap.origin(source).is_some_and(|origin| !origin.is_internal())
                && !heap.is_named(edge, Word::Proto)
                && heap.edge_text(edge).as_deref() != Some("prototype") =>
        {
            End::Good(2)
        }
        EdgeKind::INTERNAL
            if heap.is_named(edge, Word::Value) && exported(heap, source).is_some() =>
        {
            End::Good(0)
        }
        _ if heap.graph.kind(source) == NodeKind::SYNTHETIC => End::Good(0),
        _ => End::No,
    }
}

pub(crate) fn is_global(heap: &Heap<'_>, node: NodeIx) -> bool {
    heap.graph.kind(node) == NodeKind::OBJECT
        && (heap.analysis.distance(node).steps() == Some(1)
            || heap.graph.name(node).starts_with("global"))
}

/// Whether a scope is that of a module or script: nothing but the realm is around it,
/// and its code ran once. A function that reads nothing of its module looks the same,
/// but runs often.
pub(crate) fn is_outermost(heap: &Heap<'_>, context: NodeIx) -> bool {
    if heap.internal(context, Word::Previous).is_some_and(|outer| heap.is_context(outer)) {
        return false;
    }
    let Some(info) = heap.internal(context, Word::ScopeInfo) else { return true };
    let uses = heap
        .analysis
        .incoming(info)
        .filter(|&(edge, source)| heap.is_named(edge, Word::ScopeInfo) && heap.is_context(source));
    uses.take(2).count() < 2
}

/// The name under which a module exports what `cell` holds, and the module.
pub(crate) fn exported(heap: &Heap<'_>, cell: NodeIx) -> Option<(String, NodeIx)> {
    if heap.graph.name(cell) != "system / Cell" {
        return None;
    }
    heap.analysis.incoming(cell).take(16).find_map(|(edge, table)| {
        let at = heap.position(edge)?;
        let (_, module) = heap
            .analysis
            .incoming(table)
            .take(4)
            .find(|&(_, module)| heap.graph.name(module) == "system / SourceTextModule")?;
        let keys = heap.graph.edges(table).filter(|&key| heap.position(key) == at.checked_sub(1));
        let name = keys
            .into_iter()
            .map(|key| heap.graph.target(key))
            .find(|&name| heap.is_string(name))?;
        Some((heap.graph.name(name).to_string_lossy().into_owned(), module))
    })
}

/// The URL of a module.
pub(crate) fn url(heap: &Heap<'_>, module: NodeIx) -> Option<String> {
    let (_, wrap) = heap
        .analysis
        .incoming(module)
        .take(64)
        .find(|&(_, wrap)| heap.property(wrap, Word::Url).is_some())?;
    let url = heap.property(wrap, Word::Url).filter(|&url| heap.is_string(url))?;
    Some(heap.graph.name(url).to_string_lossy().into_owned())
}

/// What the search knows of a node: the cheapest path from it down to the object.
#[derive(Clone, Copy)]
struct Best {
    cost: u32,
    /// Orders paths of equal cost, by their names.
    key: u64,
    /// The edge that leads down, and its target; `None` for the object itself.
    next: Option<(EdgeIx, NodeIx)>,
}

/// Finds the cheapest path from a root down to `node`.
///
/// Of paths of equal cost it takes the one whose names come first in an order that is
/// made from names alone. Ids and positions in the file differ from run to run; names
/// do not, so that the same program gets the same path.
fn search(heap: &Heap<'_>, node: NodeIx, ends: Ends) -> Vec<(NodeIx, EdgeIx)> {
    let mut best = HashMap::from([(node, Best { cost: 0, key: 0, next: None })]);
    // The last two are the edge that a path may end with, and the node to go on from.
    let mut queue = BinaryHeap::from([Reverse((0u32, 0u64, None::<EdgeIx>, node))]);
    let (mut visited, mut looked) = (0, 0);
    while let Some(Reverse((cost_so_far, key_so_far, ending, at))) = queue.pop() {
        if let Some(edge) = ending {
            let mut links = vec![(heap.graph.source(edge), edge)];
            let mut below = heap.graph.target(edge);
            while let Some((edge, next)) = best.get(&below).and_then(|best| best.next) {
                links.push((below, edge));
                below = next;
            }
            return links;
        }
        let is_current = |best: &Best| (best.cost, best.key) >= (cost_so_far, key_so_far);
        if !best.get(&at).is_some_and(is_current) {
            continue;
        }
        visited += 1;
        if visited > MAX_NODES || looked > MAX_EDGES {
            break;
        }
        for (edge, source) in heap.analysis.incoming(at) {
            looked += 1;
            let Some(step) = cost(heap, source, edge) else { continue };
            let total = cost_so_far + step;
            let key = name_key(heap, key_so_far, source, edge);
            if let End::Good(extra) = end(heap, source, edge, ends) {
                queue.push(Reverse((total + extra, key, Some(edge), at)));
            }
            if heap.graph.kind(source) == NodeKind::SYNTHETIC {
                continue;
            }
            let is_better = |best: &Best| (total, key) < (best.cost, best.key);
            if best.get(&source).is_none_or(is_better) {
                best.insert(source, Best { cost: total, key, next: Some((edge, at)) });
                queue.push(Reverse((total, key, None, source)));
            }
        }
    }
    Vec::new()
}

/// Extends the key of a path by the names of one more edge and of the node it comes from:
/// FNV-1a. Positions in arrays are no names.
fn name_key(heap: &Heap<'_>, key: u64, source: NodeIx, edge: EdgeIx) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut key = key ^ 0xcbf2_9ce4_8422_2325;
    let mut add = |bytes: &[u8]| {
        for &byte in bytes {
            key = (key ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    };
    add(heap.graph.edge_kind_name(edge).as_bytes());
    if heap.position(edge).is_none()
        && let EdgeName::Str(name) = heap.graph.edge_name(edge)
    {
        add(heap.graph.text(name).as_bytes());
    }
    add(heap.graph.kind_name(source).as_bytes());
    if !heap.is_string(source) {
        add(heap.graph.name(source).as_bytes());
    }
    key
}

/// A function whose scope `context` is, or one that was made in it.
pub(crate) fn closure_of(heap: &Heap<'_>, context: NodeIx) -> Option<NodeIx> {
    // The first by place, which is the same in every run.
    let of = |context| {
        heap.analysis
            .incoming(context)
            .take(256)
            .filter(|&(edge, source)| heap.is_closure(source) && heap.is_named(edge, Word::Context))
            .filter_map(|(_, source)| Some((heap.origin(source)?, source)))
            .min()
            .map(|(_, source)| source)
    };
    of(context).or_else(|| {
        let inner = heap
            .analysis
            .incoming(context)
            .take(64)
            .filter(|&(edge, _)| heap.is_named(edge, Word::Previous));
        inner.map(|(_, inner)| inner).find_map(of)
    })
}

/// The function of the program that a suspended generator or async function is of.
fn suspended(heap: &Heap<'_>, node: NodeIx) -> Option<NodeIx> {
    if heap.is_closure(node) {
        return None;
    }
    let function = heap.internal(node, Word::Function).filter(|&at| heap.is_closure(at))?;
    heap.origin(function).filter(|origin| !origin.is_internal()).map(|_| function)
}

/// Whether any function was made in a scope.
fn has_closures(heap: &Heap<'_>, context: NodeIx) -> bool {
    heap.analysis
        .incoming(context)
        .any(|(edge, source)| heap.is_closure(source) && heap.is_named(edge, Word::Context))
}

/// What an object is, for people: its constructor, or a function with its place.
pub(crate) fn what(heap: &Heap<'_>, sources: &mut Sources, node: NodeIx) -> String {
    if heap.is_closure(node) {
        return function(heap, sources, node);
    }
    if heap.is_context(node) {
        return match closure_of(heap, node).filter(|_| is_outermost(heap, node)) {
            Some(closure) => match heap.origin(closure) {
                Some(origin) => format!("scope of {}", sources.shown(&origin.script)),
                None => "scope".to_owned(),
            },
            None => "scope".to_owned(),
        };
    }
    if heap.is_string(node) {
        return heap.graph.kind_name(node).to_owned();
    }
    match heap.collection(node) {
        Some((Collection::Dictionary, _) | (_, 0)) | None => heap.class(node),
        Some((_, count)) => format!("{}({})", heap.class(node), crate::prose::integer(count)),
    }
}

/// A function with its place: `reload (app.js:3:7)`. One without a name is known by the
/// function around it.
pub(crate) fn function(heap: &Heap<'_>, sources: &mut Sources, closure: NodeIx) -> String {
    let name = function_name(heap, sources, closure);
    if name == prose::ANONYMOUS {
        return function_within(heap, sources, closure);
    }
    with_place(heap, sources, closure, name)
}

/// A function with the one around it and its place: `onClose in serve (app.js:3:7)`.
pub(crate) fn function_within(heap: &Heap<'_>, sources: &mut Sources, closure: NodeIx) -> String {
    let name = function_name(heap, sources, closure);
    let name = match enclosing(heap, sources, closure) {
        Some(around) => format!("{name} in {around}"),
        None => name,
    };
    with_place(heap, sources, closure, name)
}

fn with_place(heap: &Heap<'_>, sources: &mut Sources, closure: NodeIx, name: String) -> String {
    match sources.place(heap, closure) {
        Some(place) => format!("{name} ({place})"),
        None => name,
    }
}

/// The named function, or method with its class, in whose text a function is.
pub(crate) fn enclosing(heap: &Heap<'_>, sources: &mut Sources, closure: NodeIx) -> Option<String> {
    let origin = heap.origin(closure)?;
    let script = sources.script(heap, closure, &origin)?;
    script.scopes.head((origin.line, origin.column))?.function
}

/// The name of a function; the source may know one that V8 does not.
pub(crate) fn function_name(heap: &Heap<'_>, sources: &mut Sources, closure: NodeIx) -> String {
    let name = heap.function_name(closure);
    let from_source = heap.origin(closure).and_then(|origin| {
        let script = sources.script(heap, closure, &origin)?;
        let place = (origin.line, origin.column);
        let original = Sources::original_function_name(&script, place);
        original.or_else(|| script.scopes.name(place).filter(|_| name.is_empty()))
    });
    from_source
        .or_else(|| Some(name).filter(|name| !name.is_empty()))
        .unwrap_or_else(|| prose::ANONYMOUS.to_owned())
}

impl Route {
    /// Finds the way to `node`.
    pub(crate) fn find(heap: &Heap<'_>, sources: &mut Sources, node: NodeIx) -> Self {
        let mut links = search(heap, node, Ends::Root);
        let is_root = |&(top, _): &(NodeIx, EdgeIx)| heap.graph.kind(top) == NodeKind::SYNTHETIC;
        if links.first().is_none_or(is_root) {
            // A variable of a function that waits, such as an async `main`, has a name, too.
            let named = search(heap, node, Ends::AnyScope);
            if !named.is_empty() {
                links = named;
            }
        }
        let mut route = Self { links, ..Self::default() };
        route.describe(heap, sources);
        route
    }

    /// Who refers to what on the way, and by which edge, the nearest to the object first.
    pub(crate) fn links(&self) -> impl Iterator<Item = (NodeIx, EdgeIx)> + '_ {
        self.links.iter().rev().copied()
    }

    /// The file of the variable or class; empty if it is not known.
    pub(crate) fn file(&self) -> &str {
        self.place.as_ref().map_or("", |place| &place.file)
    }

    /// A part of a sentence on where the variable or class is: ` (app.js:3:7)`.
    pub(crate) fn told(&self) -> String {
        self.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default()
    }

    /// What keeps the object, as a part of a sentence: `` `cache` (app.js:3:7) ``, or
    /// `` `loadCache` in Node's ESM loader ``.
    pub(crate) fn keeper(&self, fallback: &str) -> String {
        let name = prose::code(self.name.as_deref().unwrap_or(fallback));
        match &self.internals {
            Some(internals) => format!("{name} in {internals}"),
            None => format!("{name}{}", self.told()),
        }
    }

    /// Whom to blame for holding an object of `constructor`.
    pub(crate) fn culprit(&self, constructor: Option<String>) -> Culprit {
        Culprit {
            variable: self.variable.clone(),
            property: self.property.clone(),
            constructor,
            function: None,
            location: self.place.clone(),
        }
    }

    /// Whether the way passes `node`, or ends at it.
    pub(crate) fn nodes<'a>(&'a self, heap: &'a Heap<'_>) -> impl Iterator<Item = NodeIx> + 'a {
        self.links.iter().map(|&(_, edge)| heap.graph.target(edge))
    }

    fn describe(&mut self, heap: &Heap<'_>, sources: &mut Sources) {
        let Some(&(top, first)) = self.links.first() else { return };
        let mut name = String::new();
        let start = self.top(heap, sources, top, first);
        for (at, (source, edge)) in self.links.clone().into_iter().enumerate() {
            let target = heap.graph.target(edge);
            if heap.graph.edge_kind(edge) == EdgeKind::INTERNAL
                && let Some(function) = suspended(heap, source)
            {
                name = self.local_variable(heap, sources, function);
            }
            // Hash tables and element stores are no objects of the program.
            if heap.graph.kind(target) == NodeKind::ARRAY {
                continue;
            }
            let label = if at == 0 { start.clone() } else { label(heap, sources, source, edge) };
            if at == 0 {
                name.clone_from(&label);
            } else if heap.graph.edge_kind(edge) == EdgeKind::PROPERTY && label.starts_with('.') {
                // A chain has one name, however long it is.
                if !name.ends_with(&label) {
                    name.push_str(&label);
                }
                self.property = Some(label[1..].to_owned());
            } else if heap.graph.edge_kind(edge) == EdgeKind::CONTEXT && heap.is_context(source) {
                name = self.scope(heap, sources, source, &label);
                self.property = None;
            }
            self.steps.push(Step {
                id: heap.id(target),
                edge: label,
                what: what(heap, sources, target),
            });
        }
        self.name = Some(name).filter(|name| !name.is_empty());
        if self.is_internal {
            let script = self.place.as_ref().map_or("", |place| &place.file);
            self.internals.get_or_insert_with(|| internals::of_script(script));
        }
    }

    /// Names a variable of a suspended function that no other function reads, and keeps where the
    /// function is. V8 keeps such variables without their names.
    fn local_variable(
        &mut self,
        heap: &Heap<'_>,
        sources: &mut Sources,
        function: NodeIx,
    ) -> String {
        (self.variable, self.property) = (None, None);
        (self.is_internal, self.internals) = (false, None);
        self.place = sources.place(heap, function);
        format!("a variable of {}", function_name(heap, sources, function))
    }

    /// Names a variable of a scope, and keeps what is known of it: where it is declared, and
    /// whether the scope is one of Node's.
    fn scope(
        &mut self,
        heap: &Heap<'_>,
        sources: &mut Sources,
        scope: NodeIx,
        variable: &str,
    ) -> String {
        let closure = closure_of(heap, scope);
        // The functions of Node's startup snapshot have no place.
        self.is_internal = closure.is_none() && has_closures(heap, scope);
        (self.place, self.internals) = (None, None);
        let name = match closure {
            Some(closure) => {
                let origin = heap.origin(closure);
                self.is_internal = origin.as_ref().is_some_and(Origin::is_internal);
                self.place = declared(heap, sources, closure, variable).or_else(|| {
                    let origin = origin?;
                    let file = sources.shown(&origin.script);
                    Some(Place { file, line: origin.line + 1, column: origin.column + 1 })
                });
                variable_name(heap, sources, closure, variable)
            }
            None => variable.to_owned(),
        };
        self.variable = Some(name.clone());
        name
    }

    /// Names the start of the way, and keeps what is known of it.
    fn top(&mut self, heap: &Heap<'_>, sources: &mut Sources, top: NodeIx, edge: EdgeIx) -> String {
        let text = heap.edge_text(edge).unwrap_or_default();
        if heap.is_context(top) {
            return self.scope(heap, sources, top, &text);
        }
        if let Some((name, module)) = exported(heap, top) {
            let url = url(heap, module).unwrap_or_default();
            self.is_internal = is_internal(&url);
            self.place = sources.script_named(&url).and_then(|script| {
                let (line, column) = script.scopes.top_level(&name)?;
                Some(sources.place_at(&url, &script, line, column))
            });
            self.variable = Some(name.clone());
            return name;
        }
        if heap.is_closure(top) {
            self.place = sources.place(heap, top);
            self.is_internal = heap.origin(top).is_none_or(|origin| is_internal(&origin.script));
            let class = function_name(heap, sources, top);
            self.property = Some(text.clone());
            return format!("{class}.{text}");
        }
        if heap.graph.kind(top) == NodeKind::SYNTHETIC {
            self.is_internal = true;
            let target = heap.class(heap.graph.target(edge));
            self.internals = Some(internals::of_root(&heap.graph.name(top).to_string_lossy()));
            return target;
        }
        self.property = Some(text.clone());
        format!("globalThis.{text}")
    }
}

/// Where a variable is declared that the function `closure` can see.
pub(crate) fn declared(
    heap: &Heap<'_>,
    sources: &mut Sources,
    closure: NodeIx,
    variable: &str,
) -> Option<Place> {
    let origin = heap.origin(closure)?;
    let script = sources.script(heap, closure, &origin)?;
    let at = (origin.line, origin.column);
    // A module that waits at its top is itself a function, one that no text shows.
    let declaration = script.scopes.declaration(variable, at);
    let (line, column) = match declaration {
        None if at == (0, 0) => script.scopes.top_level(variable)?,
        known => known?,
    };
    Some(sources.place_at(&origin.script, &script, line, column))
}

/// A variable that the function `closure` can see, by the name that somebody gave it.
pub(crate) fn variable_name(
    heap: &Heap<'_>,
    sources: &mut Sources,
    closure: NodeIx,
    variable: &str,
) -> String {
    let original = heap.origin(closure).and_then(|origin| {
        let script = sources.script(heap, closure, &origin)?;
        Sources::original_name(&script, variable, (origin.line, origin.column))
    });
    original.unwrap_or_else(|| variable.to_owned())
}

/// How an edge is written in a path. Keys of dictionaries are data, so they stay out.
fn label(heap: &Heap<'_>, sources: &Sources, source: NodeIx, edge: EdgeIx) -> String {
    match (heap.graph.edge_kind(edge), heap.graph.edge_name(edge)) {
        (EdgeKind::ELEMENT, EdgeName::Index(at)) => format!("[{at}]"),
        (EdgeKind::PROPERTY, _) => match heap.collection(source) {
            // An object of a class of its own has properties that the program named.
            Some((Collection::Dictionary, count))
                if count > 24 && !sources.show_values && heap.class(source) == "Object" =>
            {
                "[…]".to_owned()
            }
            _ => heap
                .edge_text(edge)
                .filter(|text| sources.show_values || prose::is_name(text))
                .map_or_else(|| "[…]".to_owned(), |text| format!(".{text}")),
        },
        (EdgeKind::CONTEXT, _) => heap.edge_text(edge).unwrap_or_default(),
        (EdgeKind::INTERNAL, _) if heap.graph.kind(source) == NodeKind::ARRAY => "entry".to_owned(),
        (EdgeKind::INTERNAL, EdgeName::Str(ix)) => {
            let text = heap.graph.text(ix);
            if text == "context" { "scope".to_owned() } else { format!("({text})") }
        }
        _ => "(internal)".to_owned(),
    }
}
