//! The heap as rules see it: closures and scopes, properties, collections.

use std::collections::{HashMap, HashSet};

use heapsnapshot::{Analysis, EdgeIx, EdgeKind, EdgeName, Graph, NodeIx, NodeKind};

use crate::words::{Word, Words};

/// One snapshot, with what every rule needs to read it.
pub(crate) struct Heap<'a> {
    pub(crate) analysis: &'a Analysis,
    pub(crate) graph: &'a Graph,
    words: Words,
    /// By node: whether the first of several snapshots does not have it. Empty with one.
    fresh: Vec<bool>,
}

/// What kind of collection a node is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Collection {
    Array,
    Map,
    Set,
    /// An object used as a dictionary.
    Dictionary,
}

impl Collection {
    /// What people call it.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Array => "array",
            Self::Map => "Map",
            Self::Set => "Set",
            Self::Dictionary => "object",
        }
    }
}

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

impl<'a> Heap<'a> {
    pub(crate) fn new(analysis: &'a Analysis) -> Self {
        let graph = analysis.graph();
        Self { analysis, graph, words: Words::find(graph), fresh: Vec::new() }
    }

    /// Tells which nodes are new.
    pub(crate) fn set_fresh(&mut self, fresh: Vec<bool>) {
        self.fresh = fresh;
    }

    /// Whether it is known which objects are new.
    pub(crate) fn knows_fresh(&self) -> bool {
        !self.fresh.is_empty()
    }

    /// Whether an object is known to be younger than the first snapshot.
    pub(crate) fn is_fresh(&self, node: NodeIx) -> bool {
        self.fresh.get(node.index()).copied().unwrap_or_default()
    }

    pub(crate) fn retained(&self, node: NodeIx) -> u64 {
        self.analysis.retained_size(node)
    }

    pub(crate) fn id(&self, node: NodeIx) -> u32 {
        self.graph.id(node).get()
    }

    pub(crate) fn is_named(&self, edge: EdgeIx, word: Word) -> bool {
        matches!(self.graph.edge_name(edge), EdgeName::Str(ix) if Some(ix) == self.words.get(word))
    }

    /// The target of the first edge of this kind and name.
    pub(crate) fn follow(&self, node: NodeIx, kind: EdgeKind, word: Word) -> Option<NodeIx> {
        self.words.get(word)?;
        let edge = self
            .graph
            .edges(node)
            .find(|&edge| self.graph.edge_kind(edge) == kind && self.is_named(edge, word))?;
        Some(self.graph.target(edge))
    }

    pub(crate) fn internal(&self, node: NodeIx, word: Word) -> Option<NodeIx> {
        self.follow(node, EdgeKind::INTERNAL, word)
    }

    pub(crate) fn property(&self, node: NodeIx, word: Word) -> Option<NodeIx> {
        self.follow(node, EdgeKind::PROPERTY, word)
    }

    /// The text of the name of an edge that has one.
    pub(crate) fn edge_text(&self, edge: EdgeIx) -> Option<String> {
        match self.graph.edge_name(edge) {
            EdgeName::Str(ix) => Some(self.graph.text(ix).to_string_lossy().into_owned()),
            EdgeName::Index(_) => None,
        }
    }

    /// The number of an edge that is numbered, by whatever kind.
    pub(crate) fn position(&self, edge: EdgeIx) -> Option<usize> {
        match self.graph.edge_name(edge) {
            EdgeName::Index(at) => Some(at as usize),
            EdgeName::Str(ix) => self.graph.text(ix).as_str()?.parse().ok(),
        }
    }

    pub(crate) fn is_closure(&self, node: NodeIx) -> bool {
        self.graph.kind(node) == NodeKind::CLOSURE
    }

    pub(crate) fn is_context(&self, node: NodeIx) -> bool {
        self.graph.kind(node) == NodeKind::OBJECT && {
            // Newer V8 goes on with ` / ` and the kind of scope.
            let rest = self.graph.name(node).as_bytes().strip_prefix(b"system / Context");
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b" / "))
        }
    }

    pub(crate) fn is_string(&self, node: NodeIx) -> bool {
        matches!(
            self.graph.kind(node),
            NodeKind::STRING | NodeKind::CONS_STRING | NodeKind::SLICED_STRING
        )
    }

    /// Whether it is nothing of its own: `undefined`, a hidden class, a small number.
    pub(crate) fn is_filler(&self, node: NodeIx) -> bool {
        matches!(self.graph.kind(node), NodeKind::HIDDEN | NodeKind::OBJECT_SHAPE | NodeKind::CODE)
    }

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
    fn script_of_shared(&self, shared: NodeIx) -> Option<NodeIx> {
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
        let script = self
            .script(closure)
            .map(|script| self.graph.name(script).to_string_lossy().into_owned())?;
        // So do newer V8 and browsers call it.
        let script = script.strip_prefix("system / Script / ").map(str::to_owned).unwrap_or(script);
        Some(Origin { script, line: location.line, column: location.column })
    }

    /// The text of a script as far as the snapshot has it.
    pub(crate) fn source_text(&self, closure: NodeIx) -> Option<String> {
        let source = self.internal(self.script(closure)?, Word::Source)?;
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

    /// The constructor of an object, as the Summary calls it.
    pub(crate) fn class(&self, node: NodeIx) -> String {
        if self.graph.name(node) == "EventTarget" && self.is_signal(node) {
            return "AbortSignal".to_owned();
        }
        let name = self.analysis.class_name(node);
        // The name of a plain object's interface would show its properties.
        if name.as_bytes().starts_with(b"{") {
            "Object".to_owned()
        } else {
            name.to_string_lossy().into_owned()
        }
    }

    /// What kind of collection a node is, and how many entries the snapshot shows. Small
    /// numbers are no nodes, so that a collection of them shows none.
    pub(crate) fn collection(&self, node: NodeIx) -> Option<(Collection, u64)> {
        if self.graph.kind(node) != NodeKind::OBJECT || self.is_context(node) {
            return None;
        }
        // Weak ones keep nothing; V8 takes dead entries out of them in time.
        if self.graph.name(node).as_str().is_some_and(|name| name.contains("Weak")) {
            return None;
        }
        if let Some(table) = self.internal(node, Word::Table) {
            let name = self.graph.name(node);
            let (kind, stride) = match name.as_str() {
                Some("Map") => (Collection::Map, 3),
                Some("Set") => (Collection::Set, 2),
                _ => match self.analysis.class_name(node).as_str() {
                    Some(class) if class.contains("Set") => (Collection::Set, 2),
                    _ => (Collection::Map, 3),
                },
            };
            return Some((kind, self.table_entries(table, stride)));
        }
        let (mut elements, mut places, mut properties) = (0u64, 0u64, 0u64);
        for edge in self.graph.edges(node) {
            match self.graph.edge_kind(edge) {
                EdgeKind::ELEMENT => {
                    places += 1;
                    // A hole or `undefined` is no entry.
                    elements += u64::from(!self.is_filler(self.graph.target(edge)));
                }
                EdgeKind::PROPERTY => properties += 1,
                _ => {}
            }
        }
        if self.graph.name(node) == "Array" || places > properties {
            return Some((Collection::Array, elements));
        }
        // Prototype, and what most objects have, are no entries.
        (properties > 8).then(|| (Collection::Dictionary, properties - 1))
    }

    /// Entries of a hash table of a Map or Set that V8 shows.
    fn table_entries(&self, table: NodeIx, stride: usize) -> u64 {
        let mut by_column = [0u64; 3];
        for (at, _) in self.table_items(table) {
            by_column[at % stride] += 1;
        }
        by_column.into_iter().max().unwrap_or_default()
    }

    /// What a hash table holds, by position.
    fn table_items(&self, table: NodeIx) -> impl Iterator<Item = (usize, NodeIx)> + '_ {
        self.graph.edges(table).filter_map(|edge| {
            let target = self.graph.target(edge);
            if self.graph.edge_kind(edge) == EdgeKind::WEAK || self.is_filler(target) {
                return None;
            }
            Some((self.position(edge)?, target))
        })
    }

    /// What a collection holds: values, and the keys of maps.
    pub(crate) fn items(&self, node: NodeIx, kind: Collection) -> Vec<NodeIx> {
        match kind {
            Collection::Map | Collection::Set => {
                let Some(table) = self.internal(node, Word::Table) else { return Vec::new() };
                self.table_items(table).map(|(_, item)| item).collect()
            }
            Collection::Array => {
                let mut items = self.targets(node, EdgeKind::ELEMENT);
                items.retain(|&item| !self.is_filler(item));
                items
            }
            Collection::Dictionary => self
                .graph
                .edges(node)
                .filter(|&edge| {
                    self.graph.edge_kind(edge) == EdgeKind::PROPERTY
                        && !self.is_named(edge, Word::Proto)
                })
                .map(|edge| self.graph.target(edge))
                .collect(),
        }
    }

    fn targets(&self, node: NodeIx, kind: EdgeKind) -> Vec<NodeIx> {
        let edges = self.graph.edges(node).filter(|&edge| self.graph.edge_kind(edge) == kind);
        edges.map(|edge| self.graph.target(edge)).collect()
    }

    /// Bytes that each group of nodes retains together: what one of them
    /// dominates within another counts once. `group_of` says to which group,
    /// `0..groups`, a node belongs.
    pub(crate) fn union_retained(
        &self,
        group_of: &HashMap<NodeIx, usize>,
        groups: usize,
    ) -> Vec<u64> {
        let mut bytes = vec![0u64; groups];
        if group_of.is_empty() {
            return bytes;
        }
        let mut open = vec![0u32; groups];
        let mut path: Vec<(NodeIx, Option<usize>)> = Vec::new();
        for node in self.analysis.preorder() {
            let dominator = self.analysis.dominator(node);
            while path.last().is_some_and(|&(top, _)| top != dominator) {
                if let Some((_, Some(group))) = path.pop() {
                    open[group] -= 1;
                }
            }
            let group = group_of.get(&node).copied();
            if let Some(group) = group {
                if open[group] == 0 {
                    bytes[group] += self.retained(node);
                }
                open[group] += 1;
            }
            path.push((node, group));
        }
        bytes
    }

    /// Whether a node is a record of a `FinalizationRegistry`. V8 drops it some time after its
    /// object is gone.
    pub(crate) fn is_finalizer(&self, node: NodeIx) -> bool {
        self.graph.kind(node) == NodeKind::HIDDEN && self.graph.name(node) == "system / WeakCell"
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

    /// The class of an object, by the function that made it.
    pub(crate) fn class_of_maker(&self, node: NodeIx) -> String {
        let name = self.constructor(node).map(|maker| self.function_name(maker));
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| self.class(node))
    }

    /// Whether a node stands for V8's roots, as `(Global handles)` does. Nodes for native
    /// objects of Node can be of the same kind.
    pub(crate) fn is_root(&self, node: NodeIx) -> bool {
        self.graph.kind(node) == NodeKind::SYNTHETIC
            && (node == self.graph.root() || self.graph.name(node).starts_with("("))
    }

    /// Whether an object is an `AbortSignal`. Node makes them by hand, so that V8 takes
    /// them for plain event targets.
    pub(crate) fn is_signal(&self, node: NodeIx) -> bool {
        self.property(node, Word::Aborted).is_some()
    }

    /// The entries that the table of a collection has room for.
    pub(crate) fn room(&self, node: NodeIx) -> u64 {
        let store =
            self.internal(node, Word::Table).or_else(|| self.internal(node, Word::Elements));
        store.map_or(0, |store| self.graph.self_size(store) / 8)
    }

    /// The names of the properties that an object has, also of those whose values are small
    /// numbers, which are no nodes. Names of private fields are not in a snapshot.
    pub(crate) fn property_names(&self, node: NodeIx) -> Vec<String> {
        let descriptors =
            self.internal(node, Word::Map).and_then(|map| self.internal(map, Word::Descriptors));
        let of_shape = descriptors
            .into_iter()
            .flat_map(|descriptors| self.graph.edges(descriptors))
            .map(|edge| self.graph.target(edge))
            .filter(|&name| self.is_string(name) || self.graph.kind(name) == NodeKind::SYMBOL)
            .map(|name| self.graph.name(name).to_string_lossy().into_owned());
        let of_edges = self
            .graph
            .edges(node)
            .filter(|&edge| self.graph.edge_kind(edge) == EdgeKind::PROPERTY)
            .filter_map(|edge| self.edge_text(edge));
        of_shape.chain(of_edges).collect()
    }

    /// Whether an object is the prototype of a class of the program.
    pub(crate) fn is_own_prototype(&self, node: NodeIx) -> bool {
        let constructor = self.property(node, Word::Constructor);
        constructor
            .and_then(|constructor| self.origin(constructor))
            .is_some_and(|origin| !origin.is_internal())
    }

    /// Whether V8 made the node for itself: it is no object of the program.
    pub(crate) fn is_engine(&self, node: NodeIx) -> bool {
        matches!(
            self.graph.kind(node),
            NodeKind::HIDDEN | NodeKind::ARRAY | NodeKind::CODE | NodeKind::OBJECT_SHAPE
        )
    }

    /// Whether an edge says nothing about who uses what: weak ones, prototypes, V8's types.
    pub(crate) fn is_bookkeeping(&self, edge: EdgeIx) -> bool {
        self.graph.edge_kind(edge) == EdgeKind::WEAK
            || self.is_named(edge, Word::Proto)
            || matches!(
                self.graph.kind(self.graph.target(edge)),
                NodeKind::CODE | NodeKind::OBJECT_SHAPE
            )
    }

    /// Whether an array has places that hold `undefined`, `null` or nothing.
    pub(crate) fn has_empty_places(&self, node: NodeIx) -> bool {
        self.graph.edges(node).any(|edge| {
            self.graph.edge_kind(edge) == EdgeKind::ELEMENT
                && self.is_filler(self.graph.target(edge))
        })
    }

    /// The nodes that have one of `ids`.
    pub(crate) fn find_ids(&self, ids: &HashSet<u32>) -> HashMap<u32, NodeIx> {
        if ids.is_empty() {
            return HashMap::new();
        }
        self.graph
            .nodes()
            .map(|node| (self.id(node), node))
            .filter(|(id, _)| ids.contains(id))
            .collect()
    }
}
