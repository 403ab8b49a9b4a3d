//! Functions: where they come from, their scopes, and what they make.

use heapsnapshot::{EdgeKind, NodeIx, NodeKind};

use super::Heap;
use crate::words::Word;

/// Where a function was defined, as V8 says it.
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
    /// Whether it is code of Node or V8, not of the application.
    pub(crate) fn is_internal(&self) -> bool {
        is_internal(&self.script)
    }
}

/// Whether a script is part of Node or V8.
pub(crate) fn is_internal(script: &str) -> bool {
    script.is_empty()
        || script.starts_with("node:")
        || script.starts_with("internal/")
        || script.starts_with("extensions::")
}

impl Heap<'_> {
    /// The variables of a scope: names with what they hold.
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
        // V8 names the variables of functions only; those of a block are in the order of
        // its declarations, unless small numbers, which are no objects, are among them.
        if variables.is_empty() && !slots.is_empty() {
            let names = self.declared_names(context);
            if names.len() == slots.len() {
                return names.into_iter().zip(slots).collect();
            }
        }
        variables
    }

    /// The names that a block declares.
    fn declared_names(&self, context: NodeIx) -> Vec<String> {
        let Some(info) = self.internal(context, Word::ScopeInfo) else { return Vec::new() };
        let strings =
            self.targets(info, EdgeKind::HIDDEN).into_iter().filter(|&name| self.is_string(name));
        strings.map(|name| self.graph.name(name).to_string_lossy().into_owned()).collect()
    }

    /// The name of the script that `shared`, what closures of one function share, is of.
    pub(crate) fn script_of_shared(&self, shared: NodeIx) -> Option<NodeIx> {
        self.internal(shared, Word::Script)
            .or_else(|| self.internal(shared, Word::ScriptOrDebugInfo))
    }

    /// The node of the script of a function.
    pub(crate) fn script(&self, closure: NodeIx) -> Option<NodeIx> {
        self.script_of_shared(self.internal(closure, Word::Shared)?)
    }

    /// Where a function was defined.
    pub(crate) fn origin(&self, closure: NodeIx) -> Option<Origin> {
        let location = self.graph.location(closure)?;
        let script = self.script_name(self.script(closure)?);
        Some(Origin { script, line: location.line, column: location.column })
    }

    /// The name of a script: a path, a URL, or empty.
    pub(crate) fn script_name(&self, script: NodeIx) -> String {
        let name = self.graph.name(script).to_string_lossy().into_owned();
        // Newer V8 and browsers put this in front.
        name.strip_prefix("system / Script / ").map(str::to_owned).unwrap_or(name)
    }

    /// The text of the script of a function, as far as the snapshot has it.
    pub(crate) fn source_text(&self, closure: NodeIx) -> Option<String> {
        self.script_text(self.script(closure)?)
    }

    /// The text of a script, as far as the snapshot has it.
    pub(crate) fn script_text(&self, script: NodeIx) -> Option<String> {
        let source = self.internal(script, Word::Source)?;
        (self.graph.kind(source) == NodeKind::STRING)
            .then(|| self.graph.name(source).to_string_lossy().into_owned())
    }

    /// The name of a function; empty if it has none.
    pub(crate) fn function_name(&self, closure: NodeIx) -> String {
        self.graph.name(closure).to_string_lossy().into_owned()
    }

    /// The function behind a bound one.
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

    /// The constructor function of an object, if the program defined it.
    pub(crate) fn constructor(&self, node: NodeIx) -> Option<NodeIx> {
        let is_of_program =
            |&at: &NodeIx| self.origin(at).is_some_and(|origin| !origin.is_internal());
        let prototype = self.property(node, Word::Proto);
        let told = prototype.and_then(|prototype| self.property(prototype, Word::Constructor));
        told.filter(is_of_program).or_else(|| self.maker(node).filter(is_of_program))
    }

    /// The function that made an object with `new`: it keeps the shape that the chain of shapes
    /// begins with, also if a mixin has overwritten `prototype.constructor`.
    fn maker(&self, node: NodeIx) -> Option<NodeIx> {
        /// Properties of an object that was made with `new`: V8 makes a shape for each.
        const MAX_SHAPES: usize = 1024;
        let mut shape = self.internal(node, Word::Map)?;
        for _ in 0..MAX_SHAPES {
            match self.internal(shape, Word::BackPointer) {
                Some(before) => shape = before,
                None => break,
            }
        }
        let mut users = self.analysis.incoming(shape);
        let maker = users.find(|&(edge, _)| self.is_named(edge, Word::InitialMap));
        maker.map(|(_, maker)| maker).filter(|&maker| self.is_closure(maker))
    }

    /// The scopes around a function, the nearest first.
    pub(crate) fn scopes(&self, closure: NodeIx) -> impl Iterator<Item = NodeIx> + '_ {
        let outer = |&scope: &NodeIx| self.internal(scope, Word::Previous);
        std::iter::successors(self.internal(closure, Word::Context), outer)
    }

    /// The class of an object, by the function that made it.
    pub(crate) fn class_of_maker(&self, node: NodeIx) -> String {
        let name = self.constructor(node).map(|maker| self.function_name(maker));
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| self.class(node))
    }
}
