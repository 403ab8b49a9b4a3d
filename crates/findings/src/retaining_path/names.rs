//! Formats objects, functions, variables and references for people.

use heapsnapshot::{EdgeIx, EdgeKind, EdgeName, NodeIx, NodeKind};

use super::{closure_of, is_outermost};
use crate::heap::{Collection, Heap};
use crate::message::{Message, Value, arg, messages};
use crate::place::Place;
use crate::prose;
use crate::source::Sources;

/// Maximum number of properties of a record. A plain object with more is a table: its property
/// names are data, so they are not shown.
pub const MAX_RECORD_PROPERTIES: u64 = 24;

/// Describes an object: its constructor, or a function with its location.
pub(crate) fn what(heap: &Heap<'_>, sources: &mut Sources, node: NodeIx) -> String {
    if heap.is_closure(node) {
        return Message::from(function(heap, sources, node)).to_string();
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

messages! {
    Named("function") { name, around, place }
    Nameless("function.nameless") { around, place }
    The("function.the") {}
}

/// A function as shown to people: its name, the function around it, and its location.
///
/// Displays as `onClose in serve (app.js:3:7)`.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) around: Option<String>,
    place: Option<Place>,
}

impl Function {
    /// Returns the description without the location, which changes with the code.
    pub(crate) fn without_place(&self) -> String {
        let (name, around) = (self.name.clone(), self.around.clone());
        Message::from(Self { name, around, place: None }).to_string()
    }
}

impl From<Function> for Message {
    fn from(Function { name, around, place }: Function) -> Self {
        let (around, place) = (around.and_then(arg), place.as_ref().and_then(arg));
        if name == prose::ANONYMOUS {
            Nameless { around, place }.into()
        } else {
            Named { name: arg(name), around, place }.into()
        }
    }
}

impl From<Function> for Value {
    fn from(function: Function) -> Self {
        Self::Message(function.into())
    }
}

/// Returns a name as an argument of a message.
pub(crate) fn named(name: &str) -> Option<Value> {
    if name == prose::ANONYMOUS { arg(The {}) } else { arg(name) }
}

/// Returns a function with its location: `reload (app.js:3:7)`. An anonymous one is identified by
/// the function around it.
pub(crate) fn function(heap: &Heap<'_>, sources: &mut Sources, closure: NodeIx) -> Function {
    let name = function_name(heap, sources, closure);
    let is_known = name != prose::ANONYMOUS;
    let around = if is_known { None } else { enclosing(heap, sources, closure) };
    Function { name, around, place: sources.place(heap, closure) }
}

/// Returns a function with the one around it and its location: `onClose in serve (app.js:3:7)`.
pub(crate) fn function_within(heap: &Heap<'_>, sources: &mut Sources, closure: NodeIx) -> Function {
    let name = function_name(heap, sources, closure);
    let around = enclosing(heap, sources, closure);
    Function { name, around, place: sources.place(heap, closure) }
}

/// Returns the name of the innermost named function, or of the method with its class, around a
/// function.
pub(crate) fn enclosing(heap: &Heap<'_>, sources: &mut Sources, closure: NodeIx) -> Option<String> {
    let origin = heap.origin(closure)?;
    let script = sources.script(heap, closure, &origin)?;
    script.scopes.head((origin.line, origin.column))?.function
}

/// Returns the name of a function, from the source if V8 does not know it.
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

/// Returns where a variable visible to the function `closure` is declared.
pub(crate) fn declared(
    heap: &Heap<'_>,
    sources: &mut Sources,
    closure: NodeIx,
    variable: &str,
) -> Option<Place> {
    let origin = heap.origin(closure)?;
    let script = sources.script(heap, closure, &origin)?;
    let at = (origin.line, origin.column);
    // The body of a module with top-level await is a function of its own, at position 0.
    let declaration = script.scopes.declaration(variable, at);
    let (line, column) = match declaration {
        None if at == (0, 0) => script.scopes.top_level(variable)?,
        known => known?,
    };
    Some(sources.place_at(&origin.script, &script, line, column))
}

/// Returns the original name of a variable visible to the function `closure`, from the source map.
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

/// Formats an edge of a path. Keys of dictionaries are data, so they are not shown.
pub(super) fn label(heap: &Heap<'_>, sources: &Sources, source: NodeIx, edge: EdgeIx) -> String {
    match (heap.graph.edge_kind(edge), heap.graph.edge_name(edge)) {
        (EdgeKind::ELEMENT, EdgeName::Index(at)) => format!("[{at}]"),
        (EdgeKind::PROPERTY, _) => match heap.collection(source) {
            // Properties of an object with a class were named by the program.
            Some((Collection::Dictionary, count))
                if count > MAX_RECORD_PROPERTIES
                    && !sources.show_values
                    && heap.class(source) == "Object" =>
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
