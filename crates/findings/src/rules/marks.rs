//! Marks the code that a finding refers to.

use std::collections::BTreeMap;

use heapsnapshot::{EdgeIx, EdgeKind, NodeIx};

use super::Case;
use crate::label::{Mark, Role};
use crate::message::{Message, arg, messages};
use crate::place::Place;
use crate::prose;
use crate::retaining_path::{self, RetainingPath};
use crate::source::{Sources, Target};
use crate::words::Word;

messages! {
    Added("code.added") { function, place }
    AddedAt("code.added.at") { place }
    CreatedAt("code.created") { place }
}

/// Maximum number of marks with one role.
const MAX_MARKS: usize = 3;

/// Maximum number of scripts to read to find a global variable. Those of the application come
/// first.
const MAX_SCRIPTS: usize = 2000;

impl Case<'_> {
    /// Marks a function: its name, or else its parameters.
    pub(super) fn mark_function(&mut self, closure: NodeIx, role: Role) -> Option<Mark> {
        let origin = self.heap.origin(closure)?;
        let script = self.sources.script(&self.heap, closure, &origin)?;
        let head = script.scopes.head((origin.line, origin.column))?;
        let name = retaining_path::function_name(&self.heap, &mut self.sources, closure);
        Some(Mark::new(&origin.script, &head, role, &name))
    }

    /// Marks the calls that get a function as a callback.
    pub(super) fn mark_calls(&mut self, closure: NodeIx) -> Vec<Mark> {
        let Some(origin) = self.heap.origin(closure) else { return Vec::new() };
        let script = self.sources.script(&self.heap, closure, &origin);
        let calls = script.map(|script| script.scopes.passed((origin.line, origin.column)));
        let calls = calls.into_iter().flatten().take(MAX_MARKS);
        calls.map(|call| Mark::new(&origin.script, &call, Role::Passed, "")).collect()
    }

    /// Marks the declaration of a variable visible to `closure`. `shown` is its original name.
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
        // The body of a module with top-level await is a function of its own, at position 0.
        let is_module = (origin.line, origin.column) == (0, 0);
        let declared = declared.or_else(|| script.scopes.declared(top).filter(|_| is_module))?;
        Some(Mark::new(&origin.script, &declared, Role::Variable, shown))
    }

    /// Marks where code creates the object at the end of a path, and where it adds to it. If the
    /// object has no name in code, marks the nearest retainer that has one.
    pub(super) fn mark_collection(&mut self, path: &RetainingPath) -> Vec<Mark> {
        for (holder, edge) in path.links() {
            let Some(name) = self.name(holder, edge) else { continue };
            if let Name::Export(name, module) = &name {
                let script = retaining_path::url(&self.heap, *module).unwrap_or_default();
                return self.mark_sites(&script, Target::TopLevel { name }, name);
            }
            let mut closures = self.code_of(holder, path, &name);
            closures.retain(|&closure| {
                self.heap.origin(closure).is_some_and(|origin| !origin.is_internal())
            });
            let mut marks = closures.iter().map(|&closure| self.mark_from(closure, &name));
            if let Some(marks) = marks.find(|marks| !marks.is_empty()) {
                return marks;
            }
            let marks = self.mark_in_modules(path, &name);
            // Node's own names occur between those of the program.
            if !marks.is_empty() || !closures.is_empty() {
                return marks;
            }
        }
        Vec::new()
    }

    /// Marks a property in the modules whose exports are on a path.
    fn mark_in_modules(&mut self, path: &RetainingPath, name: &Name) -> Vec<Mark> {
        let Name::Property(name) = name else { return Vec::new() };
        let modules =
            path.links().filter_map(|(cell, _)| retaining_path::exported(&self.heap, cell));
        let scripts: Vec<String> =
            modules.filter_map(|(_, module)| retaining_path::url(&self.heap, module)).collect();
        let mut marks =
            scripts.iter().map(|script| self.mark_sites(script, Target::Property { name }, name));
        marks.find(|marks| !marks.is_empty()).unwrap_or_default()
    }

    /// Returns the name by which `holder` refers to an object. Names that look like data are left
    /// out.
    fn name(&self, holder: NodeIx, edge: EdgeIx) -> Option<Name> {
        if let Some((name, module)) = retaining_path::exported(&self.heap, holder) {
            return Some(Name::Export(name, module));
        }
        let name = self.heap.edge_text(edge).filter(|_| !self.heap.is_named(edge, Word::Proto))?;
        match self.heap.graph.edge_kind(edge) {
            EdgeKind::CONTEXT => Some(Name::Variable(name)),
            EdgeKind::PROPERTY if self.sources.show_values || prose::is_name(&name) => {
                Some(Name::Property(name))
            }
            _ => None,
        }
    }

    /// Marks a name in the script of a function.
    fn mark_from(&mut self, closure: NodeIx, name: &Name) -> Vec<Mark> {
        let origin = self.heap.origin(closure).filter(|origin| !origin.is_internal());
        let Some(origin) = origin else { return Vec::new() };
        // The snapshot can contain a text that differs from the file.
        if self.sources.script(&self.heap, closure, &origin).is_none() {
            return Vec::new();
        }
        match name {
            Name::Variable(name) => {
                let shown =
                    retaining_path::variable_name(&self.heap, &mut self.sources, closure, name);
                let seen_from = (origin.line, origin.column);
                self.mark_sites(&origin.script, Target::Variable { name, seen_from }, &shown)
            }
            Name::Property(name) | Name::Export(name, _) => {
                self.mark_sites(&origin.script, Target::Property { name }, name)
            }
        }
    }

    /// Marks where a script creates the target, and where it adds to it.
    fn mark_sites(&mut self, script: &str, target: Target<'_>, name: &str) -> Vec<Mark> {
        let Some(known) = self.sources.script_named(script) else { return Vec::new() };
        let made = known.scopes.made(target).into_iter().take(1).map(|site| (site, Role::Made));
        let filled = known.scopes.filled(target).into_iter().take(MAX_MARKS);
        made.chain(filled.map(|site| (site, Role::Added)))
            .map(|(site, role)| Mark::new(script, &site, role, name))
            .collect()
    }

    /// Returns functions whose scripts probably use `holder`, the most probable first: those that
    /// see its variables, its constructor and methods, those along the path.
    fn code_of(&self, holder: NodeIx, path: &RetainingPath, name: &Name) -> Vec<NodeIx> {
        let heap = &self.heap;
        let mut closures = Vec::new();
        if heap.is_context(holder) {
            closures.extend(retaining_path::closure_of(heap, holder));
        } else if heap.is_closure(holder) {
            closures.push(holder);
        } else if let (true, Name::Property(name)) = (retaining_path::is_global(heap, holder), name)
        {
            return self.code_with(name);
        } else {
            let prototype = heap.property(holder, Word::Proto);
            closures.extend(prototype.and_then(|proto| heap.property(proto, Word::Constructor)));
            let edges = heap.graph.edges(holder).take(256);
            let own = edges.filter(|&edge| heap.graph.edge_kind(edge) == EdgeKind::PROPERTY);
            closures.extend(own.map(|edge| heap.graph.target(edge)));
            closures.retain(|&node| heap.is_closure(node));
        }
        let contexts = path.links().map(|(node, _)| node).filter(|&node| heap.is_context(node));
        closures.extend(contexts.filter_map(|context| retaining_path::closure_of(heap, context)));
        closures
    }

    /// Returns one function of each script that can contain a global variable. Scripts of
    /// dependencies come last.
    fn code_with(&self, global: &str) -> Vec<NodeIx> {
        let closures = self.heap.graph.nodes().filter(|&node| self.heap.is_closure(node));
        let mut scripts = BTreeMap::new();
        for closure in closures {
            if let Some(script) = self.heap.script(closure) {
                scripts.entry(self.heap.id(script)).or_insert(closure);
            }
        }
        let mut named: Vec<(bool, String, NodeIx)> = scripts
            .into_values()
            .filter_map(|closure| {
                let origin = self.heap.origin(closure).filter(|origin| !origin.is_internal())?;
                Some((origin.script.contains("node_modules"), origin.script, closure))
            })
            .collect();
        named.sort();
        let named = named.into_iter().take(MAX_SCRIPTS);
        named
            .filter(|(_, script, _)| self.sources.may_contain(script, global))
            .map(|(.., closure)| closure)
            .collect()
    }
}

/// Where code creates a collection, and where it adds to it.
#[derive(Default)]
pub(super) struct Home {
    made: Option<Place>,
    filled: Option<Place>,
    /// The function that adds, if it has a name.
    pub(super) filler: Option<String>,
}

impl Home {
    /// Takes the positions from the marks of a collection.
    pub(super) fn of(sources: &mut Sources, marks: &[Mark]) -> Self {
        let find = |role: Role| marks.iter().find(|mark| mark.role == role);
        let filled = find(Role::Added);
        Self {
            made: find(Role::Made).and_then(|mark| sources.place_of(mark)),
            filler: filled.and_then(|mark| mark.within.clone()),
            filled: filled.and_then(|mark| sources.place_of(mark)),
        }
    }

    /// Returns the line to look at first: where code adds, or else where it creates.
    pub(super) fn place(&self) -> Option<Place> {
        self.filled.clone().or_else(|| self.made.clone())
    }

    /// Returns a sentence on where entries are added: `` Entries are added in `add` (app.js:3:7).``
    pub(super) fn sentence(&self) -> Option<Message> {
        Some(match (&self.filled, &self.filler, &self.made) {
            (Some(place), Some(filler), _) => {
                Added { function: retaining_path::named(filler), place: arg(place) }.into()
            }
            (Some(place), None, _) => AddedAt { place: arg(place) }.into(),
            (None, _, Some(place)) => CreatedAt { place: arg(place) }.into(),
            (None, _, None) => return None,
        })
    }
}

/// The name of a collection in the program.
enum Name {
    Variable(String),
    Property(String),
    /// A variable that a module exports.
    Export(String, NodeIx),
}
