//! Builds small heaps for the tests of rules.

#[path = "../../heapsnapshot/tests/support/builder.rs"]
#[allow(dead_code, reason = "shared with the tests of the analyser")]
mod builder;

use std::collections::HashMap;

use builder::SnapshotBuilder;
use heapsnapshot::{Analysis, AnalysisOptions, Graph, NodeIx};

use crate::finding::Finding;
use crate::heap::Heap;
use crate::new_objects::NewObjects;
use crate::rules::{Case, Rule};
use crate::suspects::{self, Options};

/// A heap under construction. Nodes are identified by their position, 0 for the root.
///
/// The id of a node depends on its position. Heaps that are built in the same way, one with more
/// nodes at the end, are therefore snapshots of one process.
pub(crate) struct TestHeap {
    snapshot: SnapshotBuilder,
    /// The global object, which the root retains.
    pub(crate) global: usize,
}

impl TestHeap {
    /// Returns a heap with a root and a global object.
    pub(crate) fn new() -> Self {
        let mut snapshot = SnapshotBuilder::new();
        let global = snapshot.node("object", "global", 3, 16);
        snapshot.edge(0, "shortcut", "global", global);
        Self { snapshot, global }
    }

    /// Adds a node of `size` bytes.
    pub(crate) fn node(&mut self, kind: &'static str, name: &str, size: u64) -> usize {
        let id = self.snapshot.nodes.len() as u64 * 2 + 3;
        self.snapshot.node(kind, name, id, size)
    }

    /// Adds an edge.
    pub(crate) fn edge(&mut self, from: usize, kind: &'static str, name: &str, to: usize) {
        self.snapshot.edge(from, kind, name, to);
    }

    /// Adds an array that the global variable `name` retains.
    pub(crate) fn global_array(&mut self, name: &str) -> usize {
        let array = self.node("object", "Array", 32);
        self.edge(self.global, "property", name, array);
        array
    }

    /// Adds `item` to an array.
    pub(crate) fn push(&mut self, array: usize, item: usize) {
        self.edge(array, "element", &item.to_string(), item);
    }

    /// Adds a function of a script that is defined at a line and a column, both 0-based.
    pub(crate) fn function(&mut self, name: &str, script: usize, at: (u64, u64)) -> usize {
        let function = self.node("closure", name, 64);
        let shared = self.node("code", name, 56);
        self.edge(function, "internal", "shared", shared);
        self.edge(shared, "internal", "script", script);
        self.snapshot.locations.push((function, [1, at.0, at.1]));
        function
    }

    fn analysis(&self) -> Analysis {
        let graph = Graph::from_bytes(self.snapshot.json().as_bytes()).unwrap();
        Analysis::new(graph, &AnalysisOptions::default()).unwrap()
    }

    /// Runs a rule on the heap as the only snapshot, with texts of scripts by name.
    pub(crate) fn run(&self, rule: Rule, texts: &[(&str, &str)]) -> Vec<Finding> {
        self.run_after(&[], rule, texts)
    }

    /// Runs a rule on the heap as the last snapshot after `earlier`.
    pub(crate) fn run_after(
        &self,
        earlier: &[&Self],
        rule: Rule,
        texts: &[(&str, &str)],
    ) -> Vec<Finding> {
        let texts: HashMap<String, String> =
            texts.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect();
        let options = Options { texts, ..Options::default() };
        self.open_after(earlier, &options, |mut case| rule(&mut case, &[]).unwrap())
    }

    /// Calls `check` with the heap as the only snapshot.
    pub(crate) fn check(&self, check: impl FnOnce(&Heap<'_>)) {
        self.open_after(&[], &Options::default(), |case| check(&case.heap));
    }

    /// Calls `check` with the heap as the last snapshot after `earlier`, and with its new objects.
    /// Needs at least one earlier snapshot.
    pub(crate) fn with_new(&self, earlier: &[&Self], check: impl FnOnce(&Heap<'_>, &NewObjects)) {
        self.open_after(earlier, &Options::default(), |case| {
            check(&case.heap, case.new.as_ref().unwrap());
        });
    }

    fn open_after<T>(
        &self,
        earlier: &[&Self],
        options: &Options,
        look: impl FnOnce(Case<'_>) -> T,
    ) -> T {
        let analysis = self.analysis();
        let earlier: Vec<Analysis> = earlier.iter().map(|heap| heap.analysis()).collect();
        let earlier: Vec<&Analysis> = earlier.iter().collect();
        look(suspects::open(&analysis, &earlier, options).unwrap())
    }
}

/// Runs a rule on three snapshots of one process, in which `heap` has 10, 20 and 40 of what the rule
/// counts. Returns the only finding.
pub(crate) fn finding_of_growth(heap: impl Fn(usize) -> TestHeap, rule: Rule) -> Finding {
    let (first, second) = (heap(10), heap(20));
    let mut findings = heap(40).run_after(&[&first, &second], rule, &[]);
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings.remove(0)
}

/// Returns the node at a position.
pub(crate) fn ix(position: usize) -> NodeIx {
    NodeIx::from_index(position).unwrap()
}
