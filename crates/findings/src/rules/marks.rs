//! What rules mark in the code.

use heapsnapshot::{EdgeKind, NodeIx};

use super::Case;
use crate::frame::{Mark, Role};
use crate::heap::Origin;
use crate::route::{self, Route};
use crate::source::Target;
use crate::words::Word;

impl Case<'_> {
    /// Marks a function by its name, or else its parameters.
    pub(super) fn mark_function(&mut self, closure: NodeIx, role: Role) -> Option<Mark> {
        let origin = self.heap.origin(closure)?;
        let script = self.sources.script(&self.heap, closure, &origin)?;
        let head = script.scopes.head((origin.line, origin.column))?;
        let name = route::function_name(&self.heap, &mut self.sources, closure);
        Some(Mark::new(&origin.script, &head, role, &name))
    }

    /// Marks the calls that get a function to call it later.
    pub(super) fn mark_calls(&mut self, closure: NodeIx) -> Vec<Mark> {
        let Some(origin) = self.heap.origin(closure) else { return Vec::new() };
        let script = self.sources.script(&self.heap, closure, &origin);
        let calls = script.map(|script| script.scopes.passed((origin.line, origin.column)));
        let calls = calls.into_iter().flatten().take(MAX_MARKS);
        calls.map(|call| Mark::new(&origin.script, &call, Role::Passed, "")).collect()
    }

    /// Marks the declaration of a variable that `closure` sees; people know it as `shown`.
    pub(super) fn mark_variable(
        &mut self,
        closure: NodeIx,
        name: &str,
        shown: &str,
    ) -> Option<Mark> {
        let origin = self.heap.origin(closure)?;
        let script = self.sources.script(&self.heap, closure, &origin)?;
        let target = Target::Variable { name, seen_from: (origin.line, origin.column) };
        let top = Target::TopLevel { name };
        let declared = script.scopes.declared(target);
        // A module that waits at its top is itself a function, one that no text shows.
        let is_module = (origin.line, origin.column) == (0, 0);
        let declared = declared.or_else(|| script.scopes.declared(top).filter(|_| is_module))?;
        Some(Mark::new(&origin.script, &declared, Role::Variable, shown))
    }

    /// Marks where the collection at the end of a route is made and filled.
    pub(super) fn mark_collection(&mut self, route: &Route) -> Vec<Mark> {
        let Some((holder, edge)) = route.last_link() else { return Vec::new() };
        let Some(name) = self.heap.edge_text(edge) else { return Vec::new() };
        let mut closures = self.code_of(holder);
        closures.extend(
            route
                .holders()
                .filter(|&node| self.heap.is_context(node))
                .filter_map(|context| route::closure_of(&self.heap, context)),
        );
        for closure in closures {
            let Some(origin) = self.heap.origin(closure).filter(|origin| !origin.is_internal())
            else {
                continue;
            };
            let target = match self.heap.graph.edge_kind(edge) {
                EdgeKind::CONTEXT => {
                    Target::Variable { name: &name, seen_from: (origin.line, origin.column) }
                }
                EdgeKind::PROPERTY => Target::Property { name: &name },
                _ => return Vec::new(),
            };
            let marks = self.mark_sites(closure, &origin, target, &name);
            if !marks.is_empty() {
                return marks;
            }
        }
        Vec::new()
    }

    fn mark_sites(
        &mut self,
        closure: NodeIx,
        origin: &Origin,
        target: Target<'_>,
        name: &str,
    ) -> Vec<Mark> {
        let Some(script) = self.sources.script(&self.heap, closure, origin) else {
            return Vec::new();
        };
        let scopes = &script.scopes;
        let made = scopes.made(target).into_iter().take(1).map(|site| (site, Role::Made));
        let filled = scopes.filled(target).into_iter().take(MAX_MARKS);
        made.chain(filled.map(|site| (site, Role::Added)))
            .map(|(site, role)| Mark::new(&origin.script, &site, role, name))
            .collect()
    }

    /// Functions whose script is likely the one that uses the properties of an object: its
    /// constructor, its methods, a function that it is a property of.
    fn code_of(&self, object: NodeIx) -> Vec<NodeIx> {
        if self.heap.is_context(object) {
            return route::closure_of(&self.heap, object).into_iter().collect();
        }
        if self.heap.is_closure(object) {
            return vec![object];
        }
        let prototype = self.heap.property(object, Word::Proto);
        let constructor = prototype.and_then(|proto| self.heap.property(proto, Word::Constructor));
        let edges = self.heap.graph.edges(object).take(256);
        let own = edges
            .filter(|&edge| self.heap.graph.edge_kind(edge) == EdgeKind::PROPERTY)
            .map(|edge| self.heap.graph.target(edge));
        constructor.into_iter().chain(own).filter(|&node| self.heap.is_closure(node)).collect()
    }
}

/// Marks of one kind.
const MAX_MARKS: usize = 3;
