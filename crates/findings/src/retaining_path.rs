//! Retaining paths with the names of the program: from a variable, a class or a root to an object.

mod names;
mod search;

use heapsnapshot::{EdgeIx, EdgeKind, NodeIx, NodeKind};

pub use self::names::MAX_RECORD_PROPERTIES;
#[cfg(test)]
pub(crate) use self::names::MESSAGES as FUNCTION_MESSAGES;
use self::names::label;
pub(crate) use self::names::{
    declared, enclosing, function, function_name, function_within, named, variable_name, what,
};
use self::search::{Ends, search};
use crate::finding::{Culprit, Step};
use crate::heap::{Heap, Origin, is_internal};
use crate::internals;
use crate::message::{Message, Value, arg, messages};
use crate::place::Place;
use crate::source::Sources;
use crate::words::Word;

messages! {
    Retainer("retainer") { name, internals, place }
}

/// The retaining path of an object.
#[derive(Clone, Debug, Default)]
pub(crate) struct RetainingPath {
    /// The references from the root down, each as source and edge. The last one refers to the
    /// object.
    links: Vec<(NodeIx, EdgeIx)>,
    /// The expression by which the program reaches the object: `store.cache`.
    pub(crate) name: Option<String>,
    /// The variable at the start, or the class whose property it is.
    pub(crate) variable: Option<String>,
    /// The last property on the path.
    pub(crate) property: Option<String>,
    /// The location of the variable or class.
    pub(crate) place: Option<Place>,
    /// Whether Node or V8 holds the object.
    pub(crate) is_internal: bool,
    /// The part of Node or V8 that holds it, such as "Node's ESM loader". Only if `is_internal`.
    pub(crate) internals: Option<Message>,
    /// The references for people.
    pub(crate) steps: Vec<Step>,
}

/// Returns whether a node is a global object.
pub(crate) fn is_global(heap: &Heap<'_>, node: NodeIx) -> bool {
    heap.graph.kind(node) == NodeKind::OBJECT
        && (heap.analysis.distance(node).steps() == Some(1)
            || heap.graph.name(node).starts_with("global"))
}

/// Returns whether a scope is the outermost one of a module or script: its parent is the realm, and
/// its code ran once. The scope of a function that reads nothing of its module has the same parent,
/// but its code runs often.
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

/// Returns the name under which a module exports the value of `cell`, and the module.
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

/// Returns the URL of a module.
pub(crate) fn url(heap: &Heap<'_>, module: NodeIx) -> Option<String> {
    let (_, wrap) = heap
        .analysis
        .incoming(module)
        .take(64)
        .find(|&(_, wrap)| heap.property(wrap, Word::Url).is_some())?;
    let url = heap.property(wrap, Word::Url).filter(|&url| heap.is_string(url))?;
    Some(heap.graph.name(url).to_string_lossy().into_owned())
}

/// Returns a function created in the scope `context`, or in a scope inside it.
pub(crate) fn closure_of(heap: &Heap<'_>, context: NodeIx) -> Option<NodeIx> {
    // The first by position, so that the result is the same in every run.
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

/// Returns the function of a suspended generator or async function, if it is the program's.
fn suspended(heap: &Heap<'_>, node: NodeIx) -> Option<NodeIx> {
    if heap.is_closure(node) {
        return None;
    }
    let function = heap.internal(node, Word::Function).filter(|&at| heap.is_closure(at))?;
    heap.origin(function).filter(|origin| !origin.is_internal()).map(|_| function)
}

/// Returns whether any function was created in a scope.
fn has_closures(heap: &Heap<'_>, context: NodeIx) -> bool {
    heap.analysis
        .incoming(context)
        .any(|(edge, source)| heap.is_closure(source) && heap.is_named(edge, Word::Context))
}

/// Returns how often `edge` occurs in `all`, which is `edge` alone or `edge × 3`.
fn times(all: &str, edge: &str) -> Option<u32> {
    match all.strip_prefix(edge)? {
        "" => Some(1),
        rest => rest.strip_prefix(" × ")?.parse().ok(),
    }
}

impl RetainingPath {
    /// Finds the retaining path of `node`.
    pub(crate) fn find(heap: &Heap<'_>, sources: &mut Sources, node: NodeIx) -> Self {
        let mut links = search(heap, node, Ends::Root);
        let is_root = |&(top, _): &(NodeIx, EdgeIx)| heap.graph.kind(top) == NodeKind::SYNTHETIC;
        if links.first().is_none_or(is_root) {
            // A variable of a suspended function, such as an async `main`, has a name, too.
            let named = search(heap, node, Ends::AnyScope);
            if !named.is_empty() {
                links = named;
            }
        }
        let mut path = Self { links, ..Self::default() };
        path.describe(heap, sources);
        path
    }

    /// Returns sources and edges of the path, the nearest to the object first.
    pub(crate) fn links(&self) -> impl Iterator<Item = (NodeIx, EdgeIx)> + '_ {
        self.links.iter().rev().copied()
    }

    /// Returns the file of the variable or class; empty if it is unknown.
    pub(crate) fn file(&self) -> &str {
        self.place.as_ref().map_or("", |place| &place.file)
    }

    /// Returns the location of the variable or class, for a sentence.
    pub(crate) fn place_value(&self) -> Option<Value> {
        self.place.as_ref().and_then(arg)
    }

    /// Returns the retainer of the object, as a part of a sentence: `` `cache` (app.js:3:7) ``, or
    /// `` `loadCache` in Node's ESM loader ``. `fallback` is its name if the path has none.
    pub(crate) fn retainer(&self, fallback: &str) -> Message {
        self.retainer_named(self.name.as_deref().unwrap_or(fallback))
    }

    /// Like [`Self::retainer`], with a given name.
    pub(crate) fn retainer_named(&self, name: &str) -> Message {
        let internals = self.internals.clone();
        let place = if internals.is_none() { self.place_value() } else { None };
        Retainer { name: named(name), internals: internals.and_then(arg), place }.into()
    }

    /// Returns the culprit that holds an object of `constructor`.
    pub(crate) fn culprit(&self, constructor: Option<String>) -> Culprit {
        Culprit {
            variable: self.variable.clone(),
            property: self.property.clone(),
            constructor,
            function: None,
            location: self.place.clone(),
        }
    }

    /// Returns the nodes of the path below its start; the object is the last.
    pub(crate) fn nodes<'a>(&'a self, heap: &'a Heap<'_>) -> impl Iterator<Item = NodeIx> + 'a {
        self.links.iter().map(|&(_, edge)| heap.graph.target(edge))
    }

    /// Fills in names, location and steps from the references of the path.
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
            // Hash tables and element stores are not objects of the program.
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
            let step = Step { id: heap.id(target), edge: label, what: what(heap, sources, target) };
            self.push(step);
        }
        self.name = Some(name).filter(|name| !name.is_empty());
        if self.is_internal {
            let script = self.place.as_ref().map_or("", |place| &place.file);
            self.internals.get_or_insert_with(|| internals::of_script(script));
        }
    }

    /// Adds a step for people. Consecutive equal links of a chain become one step with their
    /// number.
    fn push(&mut self, step: Step) {
        if let Some(last) = self.steps.last_mut()
            && last.what == step.what
            && let Some(times) = times(&last.edge, &step.edge)
        {
            last.id = step.id;
            last.edge = format!("{} × {}", step.edge, times + 1);
        } else {
            self.steps.push(step);
        }
    }

    /// Names a variable of a suspended function, and records the location of the function. V8
    /// stores variables that no other function reads without their names.
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

    /// Names a variable of a scope, and records its declaration and whether the scope is Node's.
    fn scope(
        &mut self,
        heap: &Heap<'_>,
        sources: &mut Sources,
        scope: NodeIx,
        variable: &str,
    ) -> String {
        let closure = closure_of(heap, scope);
        // Functions of Node's startup snapshot have no source position.
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

    /// Names the start of the path, and records its location and whether it is internal.
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
