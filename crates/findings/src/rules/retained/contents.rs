//! Sums up what an owner retains, by class.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use heapsnapshot::{ClassIx, NodeIx, NodeKind};
use rustc_hash::FxHashMap;

use super::points::is_part;
use crate::heap::Heap;
use crate::message::{Value, arg, list, messages};

messages! {
    HeldClass("held.class") { count, class, bytes }
    HeldKind("held.kind") { count, kind, bytes }
}

/// Maximum number of classes to name.
const MAX_CLASSES: usize = 3;

/// The contents of all owners.
pub(super) struct Contents {
    /// By class: the objects that the owner retains.
    classes: FxHashMap<ClassIx, Held>,
    /// Bytes of buffers outside the JavaScript heap.
    pub(super) external: u64,
}

/// Objects of one class.
#[derive(Clone, Copy)]
struct Held {
    /// Their number.
    count: u64,
    /// Their bytes.
    bytes: u64,
    /// One of the objects.
    example: NodeIx,
}

impl Contents {
    /// Sums up the contents of each owner: everything that its nodes dominate. `owner_of` maps a
    /// node to its owner. Internal parts of an object, and its numbers, count as the object.
    pub(super) fn of(
        heap: &Heap<'_>,
        owner_of: &FxHashMap<NodeIx, usize>,
        owners: usize,
    ) -> Vec<Self> {
        let mut all: Vec<Self> =
            (0..owners).map(|_| Self { classes: FxHashMap::default(), external: 0 }).collect();
        // The ancestors of the current node that belong to an owner: node, owner, and its object.
        let mut path: Vec<(NodeIx, usize, NodeIx)> = Vec::new();
        for node in heap.analysis.preorder() {
            let dominator = heap.analysis.dominator(node);
            while path.last().is_some_and(|&(top, ..)| top != dominator) {
                path.pop();
            }
            let above = path.last().copied();
            let own = owner_of.get(&node).copied();
            let owner = own.or_else(|| above.map(|(_, owner, _)| owner));
            let Some(owner) = owner else { continue };
            let is_number = heap.graph.kind(node) == NodeKind::NUMBER;
            let object = match above {
                Some((.., object)) if own.is_none() && (is_part(heap, node) || is_number) => object,
                _ => node,
            };
            path.push((node, owner, object));
            all[owner].add(heap, node, object);
        }
        all
    }

    fn add(&mut self, heap: &Heap<'_>, node: NodeIx, object: NodeIx) {
        let bytes = heap.analysis.shallow_size(node);
        let held = self.classes.entry(heap.analysis.class(object)).or_insert(Held {
            count: 0,
            bytes: 0,
            example: object,
        });
        held.count += u64::from(node == object);
        held.bytes += bytes;
        let is_store = heap.graph.kind(node) == NodeKind::NATIVE
            && heap.graph.name(node).as_str().is_some_and(|name| name.contains("ArrayBufferData"));
        self.external += if is_store { bytes } else { 0 };
    }

    /// Returns the number of objects of the class of `node`.
    pub(super) fn count(&self, heap: &Heap<'_>, node: NodeIx) -> u64 {
        self.classes.get(&heap.analysis.class(node)).map_or(0, |held| held.count)
    }

    /// Returns the classes with most bytes, and the most frequent class named by the program: ``
    /// 12,345 `Order` 1.2 MB, 12,345 `Array` 8.0 MB ``.
    pub(super) fn classes(&self, heap: &Heap<'_>) -> Option<Value> {
        let mut classes: BTreeMap<Name, (u64, u64)> = BTreeMap::new();
        for held in self.classes.values() {
            let entry = classes.entry(Name::of(heap, held.example)).or_default();
            entry.0 += held.count;
            entry.1 += held.bytes;
        }
        let mut classes: Vec<(Name, (u64, u64))> = classes.into_iter().collect();
        classes.sort_by_key(|(name, (_, bytes))| (Reverse(*bytes), name.clone()));
        let own = classes.iter().enumerate().filter(|(_, (name, _))| name.is_telling());
        let most = own.max_by_key(|&(at, (_, (count, _)))| (*count, Reverse(at)));
        let most = most.map(|(at, _)| at).filter(|&at| at >= MAX_CLASSES);
        list((0..classes.len().min(MAX_CLASSES)).chain(most).map(|at| {
            let (name, (count, bytes)) = &classes[at];
            name.to_value(*count, *bytes)
        }))
    }
}

/// The name of an object in a list of classes.
///
/// Ordered like the texts: code, which starts with a backtick, before words.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    /// A class of the program or of the language.
    Class(String),
    /// A kind without a class: `internal`, `scope`, `string`.
    Kind(&'static str),
}

impl Name {
    fn of(heap: &Heap<'_>, node: NodeIx) -> Self {
        if heap.is_string(node) {
            return Self::Kind("string");
        }
        if heap.is_context(node) {
            return Self::Kind("scope");
        }
        let class = heap.class(node);
        if class.starts_with('(') || class.starts_with("system / ") {
            return Self::Kind("internal");
        }
        Self::Class(class)
    }

    /// Returns whether it identifies a part of the program.
    fn is_telling(&self) -> bool {
        /// Classes whose names say nothing about the program.
        const COMMON: [&str; 6] = ["Object", "Array", "Function", "Map", "Set", "Date"];
        matches!(self, Self::Class(class) if !COMMON.contains(&class.as_str()))
    }

    fn to_value(&self, count: u64, bytes: u64) -> Value {
        let (count, bytes) = (arg(count), arg(bytes));
        match self {
            Self::Class(class) => HeldClass { count, class: arg(class), bytes }.into(),
            Self::Kind(kind) => HeldKind { count, kind: arg(*kind), bytes }.into(),
        }
    }
}
