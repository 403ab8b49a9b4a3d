//! Functions: their source position, their scopes, and the objects that they create.

use heapsnapshot::{EdgeKind, NodeIx, NodeKind};

use super::Heap;
use crate::words::Word;

/// Where a function was defined, as V8 reports it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct Origin {
    /// Name of the script: a path, a URL, or empty.
    pub(crate) script: String,
    /// 0-based.
    pub(crate) line: u32,
    /// 0-based.
    pub(crate) column: u32,
}

impl Origin {
    /// Returns whether it is code of Node or V8, not of the application.
    pub(crate) fn is_internal(&self) -> bool {
        is_internal(&self.script)
    }
}

/// Returns whether a script is part of Node or V8.
pub(crate) fn is_internal(script: &str) -> bool {
    script.is_empty()
        || script.starts_with("node:")
        || script.starts_with("internal/")
        || script.starts_with("extensions::")
}

impl Heap<'_> {
    /// Returns the variables of a scope: names and values.
    pub(crate) fn variables(&self, context: NodeIx) -> Vec<(String, NodeIx)> {
        let (mut variables, mut slots) = (Vec::new(), Vec::new());
        for edge in self.graph.edges(context) {
            let target = self.graph.target(edge);
            match self.graph.edge_kind(edge) {
                EdgeKind::CONTEXT => {
                    variables.extend(self.edge_text(edge).map(|name| (name, target)));
                }
                EdgeKind::HIDDEN => slots.push(target),
                _ => {}
            }
        }
        // V8 names the variables of function scopes only. The slots of a block scope are in the
        // order of its declarations; if some hold small numbers, which are not nodes, the names
        // cannot be matched.
        if variables.is_empty() && !slots.is_empty() {
            let names = self.declared_names(context);
            if names.len() == slots.len() {
                return names.into_iter().zip(slots).collect();
            }
        }
        variables
    }

    /// Returns the names that a block declares.
    fn declared_names(&self, context: NodeIx) -> Vec<String> {
        let Some(info) = self.internal(context, Word::ScopeInfo) else { return Vec::new() };
        let strings =
            self.targets(info, EdgeKind::HIDDEN).into_iter().filter(|&name| self.is_string(name));
        strings.map(|name| self.graph.name(name).to_string_lossy().into_owned()).collect()
    }

    /// Returns the script of a `SharedFunctionInfo`, which all closures of one function share.
    pub(crate) fn script_of_shared(&self, shared: NodeIx) -> Option<NodeIx> {
        self.internal(shared, Word::Script)
            .or_else(|| self.internal(shared, Word::ScriptOrDebugInfo))
    }

    /// Returns the node of the script of a function.
    pub(crate) fn script(&self, closure: NodeIx) -> Option<NodeIx> {
        self.script_of_shared(self.internal(closure, Word::Shared)?)
    }

    /// Returns where a function was defined.
    pub(crate) fn origin(&self, closure: NodeIx) -> Option<Origin> {
        let location = self.graph.location(closure)?;
        let script = self.script_name(self.script(closure)?);
        Some(Origin { script, line: location.line, column: location.column })
    }

    /// Returns the name of a script: a path, a URL, or empty.
    pub(crate) fn script_name(&self, script: NodeIx) -> String {
        let name = self.graph.name(script).to_string_lossy().into_owned();
        // Newer V8 and browsers use this prefix.
        name.strip_prefix("system / Script / ").map(str::to_owned).unwrap_or(name)
    }

    /// Returns the text of the script of a function, as far as the snapshot contains it.
    pub(crate) fn source_text(&self, closure: NodeIx) -> Option<String> {
        self.script_text(self.script(closure)?)
    }

    /// The text of a script, as far as the snapshot has it.
    pub(crate) fn script_text(&self, script: NodeIx) -> Option<String> {
        let source = self.internal(script, Word::Source)?;
        (self.graph.kind(source) == NodeKind::STRING)
            .then(|| self.graph.name(source).to_string_lossy().into_owned())
    }

    /// Returns the name of a function; empty if it has none.
    pub(crate) fn function_name(&self, closure: NodeIx) -> String {
        self.graph.name(closure).to_string_lossy().into_owned()
    }

    /// Returns the function inside a bound function.
    pub(crate) fn unbound(&self, function: NodeIx) -> NodeIx {
        let mut at = function;
        for _ in 0..8 {
            match self.internal(at, Word::BoundFunction) {
                Some(inner) => at = inner,
                None => break,
            }
        }
        at
    }

    /// Returns the constructor function of an object, if the program defined it.
    pub(crate) fn constructor(&self, node: NodeIx) -> Option<NodeIx> {
        let is_of_program =
            |&at: &NodeIx| self.origin(at).is_some_and(|origin| !origin.is_internal());
        let prototype = self.property(node, Word::Proto);
        let declared = prototype.and_then(|prototype| self.property(prototype, Word::Constructor));
        declared.filter(is_of_program).or_else(|| self.creator(node).filter(is_of_program))
    }

    /// Returns the function that created an object with `new`. It refers to the first shape of the
    /// object's chain of shapes, even if a mixin has overwritten `prototype.constructor`.
    fn creator(&self, node: NodeIx) -> Option<NodeIx> {
        /// Maximum length of the chain: V8 adds a shape for each property of an object.
        const MAX_SHAPES: usize = 1024;
        let mut shape = self.internal(node, Word::Map)?;
        for _ in 0..MAX_SHAPES {
            match self.internal(shape, Word::BackPointer) {
                Some(before) => shape = before,
                None => break,
            }
        }
        let mut users = self.analysis.incoming(shape);
        let creator = users.find(|&(edge, _)| self.is_named(edge, Word::InitialMap));
        creator.map(|(_, creator)| creator).filter(|&creator| self.is_closure(creator))
    }

    /// Returns the scopes around a function, innermost first.
    pub(crate) fn scopes(&self, closure: NodeIx) -> impl Iterator<Item = NodeIx> + '_ {
        let outer = |&scope: &NodeIx| self.internal(scope, Word::Previous);
        std::iter::successors(self.internal(closure, Word::Context), outer)
    }

    /// Returns the class of an object, named after the function that created it.
    pub(crate) fn class_of_creator(&self, node: NodeIx) -> String {
        let name = self.constructor(node).map(|creator| self.function_name(creator));
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| self.class(node))
    }
}
