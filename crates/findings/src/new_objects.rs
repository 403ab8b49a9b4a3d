//! Objects that are new since the first snapshot, and the older objects that own them.
//!
//! A leak adds objects in every step and keeps them. Healthy programs add objects, too,
//! but replace them: few of those that came in the first step are alive in the last
//! snapshot. The snapshot in which an object appears first tells both apart.

use heapsnapshot::{Control, Error, NodeIx, NodeKind, births};

use crate::heap::Heap;
use crate::words::Word;

/// When each object of the last snapshot was born, and which older object owns it.
pub(crate) struct NewObjects {
    /// By node: the index of the first snapshot that has it.
    births: Vec<u32>,
    /// By node: the nearest dominator that the first snapshot has as well.
    owners: Vec<NodeIx>,
    steps: usize,
}

/// Objects of the last snapshot by the step in which they came, oldest step first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Arrivals {
    pub(crate) counts: Vec<u64>,
    pub(crate) bytes: Vec<u64>,
}

impl Arrivals {
    pub(crate) fn new(steps: usize) -> Self {
        Self { counts: vec![0; steps], bytes: vec![0; steps] }
    }

    pub(crate) fn add(&mut self, step: usize, bytes: u64) {
        self.counts[step] += 1;
        self.bytes[step] += bytes;
    }

    /// Adds what came elsewhere.
    pub(crate) fn extend(&mut self, other: &Self) {
        for (own, other) in self.counts.iter_mut().zip(&other.counts) {
            *own += other;
        }
        for (own, other) in self.bytes.iter_mut().zip(&other.bytes) {
            *own += other;
        }
    }

    /// Bytes a step that came at a like rate: the least of all steps, or 0 if they came
    /// at unlike rates.
    ///
    /// Growth that fades belongs to something that fills up. If most came in the last
    /// step, those of the steps before are gone: the program replaces them.
    pub(crate) fn steady_bytes(&self) -> u64 {
        let (Some(&first), Some(&last)) = (self.bytes.first(), self.bytes.last()) else { return 0 };
        let least = self.bytes.iter().copied().min().unwrap_or_default();
        let fades = last.saturating_mul(4) < first.saturating_mul(3);
        let is_replaced = least.saturating_mul(3) < last;
        if fades || is_replaced { 0 } else { least }
    }

    /// The same of the number of objects.
    pub(crate) fn steady_count(&self) -> u64 {
        Self { bytes: self.counts.clone(), counts: Vec::new() }.steady_bytes()
    }
}

impl NewObjects {
    /// Finds them in `heap`, the last snapshot; `earlier` holds those before it, oldest
    /// first, at least one.
    ///
    /// # Complexity
    /// O(N log N) time, 8 bytes a node.
    pub(crate) fn new(
        heap: &Heap<'_>,
        earlier: &[Heap<'_>],
        control: &Control,
    ) -> Result<Self, Error> {
        let snapshots: Vec<_> = earlier.iter().map(|heap| heap.analysis).collect();
        let mut births = births(heap.analysis, &snapshots, control)?;
        for node in heap.graph.nodes() {
            // The groups of V8's roots are in every snapshot, whatever their ids.
            if heap.is_root(node) {
                births[node.index()] = 0;
            }
        }
        let mut owners = vec![heap.graph.root(); births.len()];
        for node in heap.analysis.preorder() {
            let dominator = heap.analysis.dominator(node);
            // A backing store belongs to its object.
            let is_owner = births[dominator.index()] == 0
                && !matches!(heap.graph.kind(dominator), NodeKind::ARRAY | NodeKind::HIDDEN);
            owners[node.index()] = if is_owner { dominator } else { owners[dominator.index()] };
        }
        Ok(Self { births, owners, steps: earlier.len() })
    }

    /// Steps from the first snapshot to the last.
    pub(crate) fn steps(&self) -> usize {
        self.steps
    }

    /// By node: whether it is new.
    pub(crate) fn fresh(&self) -> Vec<bool> {
        self.births.iter().map(|&birth| birth > 0).collect()
    }

    /// Whether the first snapshot does not have `node`.
    pub(crate) fn is_new(&self, node: NodeIx) -> bool {
        self.births[node.index()] > 0
    }

    /// The step in which a new object came, from 0.
    pub(crate) fn step(&self, node: NodeIx) -> Option<usize> {
        (self.births[node.index()] as usize).checked_sub(1)
    }

    /// The nearest dominator that the first snapshot has as well.
    pub(crate) fn owner(&self, node: NodeIx) -> NodeIx {
        self.owners[node.index()]
    }

    /// The new ones of `nodes`, by the step in which they came.
    pub(crate) fn arrivals(
        &self,
        heap: &Heap<'_>,
        nodes: impl Iterator<Item = NodeIx>,
    ) -> Arrivals {
        let mut arrivals = Arrivals::new(self.steps);
        for node in nodes {
            if let Some(step) = self.step(node) {
                arrivals.add(step, heap.analysis.shallow_size(node));
            }
        }
        arrivals
    }

    /// The new objects that an older one owns.
    pub(crate) fn owned_by<'a>(
        &'a self,
        heap: &Heap<'_>,
        owner: NodeIx,
    ) -> impl Iterator<Item = NodeIx> + 'a {
        heap.graph.nodes().filter(move |&node| self.is_new(node) && self.owner(node) == owner)
    }

    /// Visits the new objects that can be reached from `from` through new objects alone,
    /// nearest first. `enter` says whether to go on from an object, and is asked once for
    /// each reference to it; it must say no to what it has seen.
    pub(crate) fn reach(
        &self,
        heap: &Heap<'_>,
        from: &[NodeIx],
        mut enter: impl FnMut(NodeIx) -> bool,
    ) {
        let mut open: std::collections::VecDeque<NodeIx> = std::collections::VecDeque::new();
        open.extend(from.iter().copied().filter(|&node| self.is_new(node) && enter(node)));
        while let Some(node) = open.pop_front() {
            for edge in heap.graph.edges(node) {
                let target = heap.graph.target(edge);
                // A class that is made anew for each object is reached by its prototype.
                let counts = !heap.is_bookkeeping(edge) || heap.is_named(edge, Word::Proto);
                if counts && self.is_new(target) && enter(target) {
                    open.push_back(target);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steady(bytes: &[u64]) -> u64 {
        Arrivals { counts: Vec::new(), bytes: bytes.to_vec() }.steady_bytes()
    }

    #[test]
    fn growth_is_steady_if_it_neither_fades_nor_is_replaced() {
        assert_eq!(steady(&[100, 100]), 100);
        assert_eq!(steady(&[100, 90, 110]), 90);
        assert_eq!(steady(&[205, 108]), 0, "fades");
        assert_eq!(steady(&[2, 100]), 0, "replaced");
        assert_eq!(steady(&[70, 100]), 70, "leaks beside what is in use just then");
        assert_eq!(steady(&[0, 0]), 0);
        assert_eq!(steady(&[50]), 50);
    }
}
