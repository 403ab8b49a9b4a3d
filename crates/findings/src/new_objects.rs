//! Finds the objects that are new since the first snapshot, and the older objects that own them.
//!
//! A leak adds objects in every step and retains them. Healthy programs add objects, too, but
//! replace them: few of the objects of the first step are alive in the last snapshot. The first
//! snapshot that contains an object distinguishes the two.

use heapsnapshot::{Control, Error, NodeIx, NodeKind, births};

use crate::heap::Heap;
use crate::words::Word;

/// A steady number of at least this many objects per step counts as growth, even if
/// their bytes are not steady.
const MIN_COUNT: u64 = 5;

/// The birth and the owner of each object of the last snapshot.
pub(crate) struct NewObjects {
    /// By node: the index of the first snapshot that contains it.
    births: Vec<u32>,
    /// By node: the nearest dominator that the first snapshot contains.
    owners: Vec<NodeIx>,
    /// Number of steps between the snapshots.
    steps: usize,
}

/// Number and bytes of new objects by the step that added them, oldest step first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Arrivals {
    pub(crate) counts: Vec<u64>,
    pub(crate) bytes: Vec<u64>,
}

impl Arrivals {
    /// Returns zero objects in each of `steps` steps.
    pub(crate) fn new(steps: usize) -> Self {
        Self { counts: vec![0; steps], bytes: vec![0; steps] }
    }

    /// Adds one object of `bytes` bytes to a step.
    pub(crate) fn add(&mut self, step: usize, bytes: u64) {
        self.counts[step] += 1;
        self.bytes[step] += bytes;
    }

    /// Adds the numbers of another place.
    pub(crate) fn extend(&mut self, other: &Self) {
        for (own, other) in self.counts.iter_mut().zip(&other.counts) {
            *own += other;
        }
        for (own, other) in self.bytes.iter_mut().zip(&other.bytes) {
            *own += other;
        }
    }

    /// Returns the steady growth in bytes per step: the minimum of all steps, or 0 if neither bytes
    /// nor counts are steady.
    ///
    /// Fading growth belongs to something that fills up. If the last step added most, objects of
    /// the earlier steps are gone: the program replaces them.
    pub(crate) fn steady_bytes(&self) -> u64 {
        // Equally many objects can share buffers of a pool that an earlier step allocated.
        if least_if_steady(&self.bytes) == 0 && least_if_steady(&self.counts) < MIN_COUNT {
            return 0;
        }
        self.bytes.iter().copied().min().unwrap_or_default()
    }

    /// Returns the steady growth in objects per step.
    pub(crate) fn steady_count(&self) -> u64 {
        least_if_steady(&self.counts)
    }
}

/// Returns the minimum of the steps, or 0 if they fade or the last one added most.
fn least_if_steady(steps: &[u64]) -> u64 {
    let (Some(&first), Some(&last)) = (steps.first(), steps.last()) else { return 0 };
    let minimum = steps.iter().copied().min().unwrap_or_default();
    let fades = last.saturating_mul(4) < first.saturating_mul(3);
    let is_replaced = minimum.saturating_mul(3) < last;
    if fades || is_replaced { 0 } else { minimum }
}

impl NewObjects {
    /// Compares `heap`, the last snapshot, with `earlier`: the snapshots before it, oldest first,
    /// at least one.
    ///
    /// # Complexity
    /// O(N log N) time, 8 bytes per node.
    pub(crate) fn new(
        heap: &Heap<'_>,
        earlier: &[Heap<'_>],
        control: &Control,
    ) -> Result<Self, Error> {
        let snapshots: Vec<_> = earlier.iter().map(|heap| heap.analysis).collect();
        let mut births = births(heap.analysis, &snapshots, control)?;
        for node in heap.graph.nodes() {
            // V8's root groups exist in every snapshot; their ids do not matter.
            if heap.is_root(node) {
                births[node.index()] = 0;
            }
        }
        let mut owners = vec![heap.graph.root(); births.len()];
        let mut of_finalizers = vec![false; births.len()];
        for node in heap.analysis.preorder() {
            let dominator = heap.analysis.dominator(node);
            // Objects that only a finalizer retains are freed when V8 runs it, so they do not
            // count.
            if heap.is_finalizer(node) || of_finalizers[dominator.index()] {
                of_finalizers[node.index()] = node != dominator;
                births[node.index()] = 0;
            }
            // A backing store belongs to its object.
            let is_owner = births[dominator.index()] == 0
                && !matches!(heap.graph.kind(dominator), NodeKind::ARRAY | NodeKind::HIDDEN);
            owners[node.index()] = if is_owner { dominator } else { owners[dominator.index()] };
        }
        Ok(Self { births, owners, steps: earlier.len() })
    }

    /// Returns the number of steps from the first snapshot to the last.
    pub(crate) fn steps(&self) -> usize {
        self.steps
    }

    /// Returns for each node whether it is new.
    pub(crate) fn fresh(&self) -> Vec<bool> {
        self.births.iter().map(|&birth| birth > 0).collect()
    }

    /// Returns whether the first snapshot lacks `node`.
    pub(crate) fn is_new(&self, node: NodeIx) -> bool {
        self.births[node.index()] > 0
    }

    /// Returns the step that added a new object, from 0.
    pub(crate) fn step(&self, node: NodeIx) -> Option<usize> {
        (self.births[node.index()] as usize).checked_sub(1)
    }

    /// Returns the nearest dominator that the first snapshot contains.
    pub(crate) fn owner(&self, node: NodeIx) -> NodeIx {
        self.owners[node.index()]
    }

    /// Returns the new ones of `nodes`, by the step that added them.
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

    /// Returns the new objects that an older one owns.
    pub(crate) fn owned_by<'a>(
        &'a self,
        heap: &Heap<'_>,
        owner: NodeIx,
    ) -> impl Iterator<Item = NodeIx> + 'a {
        heap.graph.nodes().filter(move |&node| self.is_new(node) && self.owner(node) == owner)
    }

    /// Visits the new objects that are reachable from `from` through new objects alone, breadth
    /// first. `enter` returns whether to continue below an object. It is called for each reference,
    /// so it must return `false` for visited objects.
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
                // The prototype leads to a class that was created for each object.
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
    use crate::test_heap::{TestHeap, ix};

    fn steady(bytes: &[u64]) -> u64 {
        least_if_steady(bytes)
    }

    #[test]
    fn objects_belong_to_the_nearest_older_dominator() {
        let heap = |count: usize| {
            let mut heap = TestHeap::new();
            let list = heap.global_array("list");
            let mut entries = Vec::new();
            for _ in 0..count {
                let entry = heap.node("object", "Entry", 32);
                let value = heap.node("object", "Value", 100);
                heap.push(list, entry);
                heap.edge(entry, "property", "value", value);
                entries.push((entry, value));
            }
            (heap, list, entries)
        };
        let (newest, list, entries) = heap(3);
        newest.with_new(&[&heap(1).0, &heap(2).0], |heap, new| {
            assert_eq!(new.steps(), 2);
            assert!(!new.is_new(ix(list)) && !new.is_new(heap.graph.root()));
            for (nth, &(entry, value)) in entries.iter().enumerate() {
                assert_eq!(new.step(ix(entry)), nth.checked_sub(1));
                // The owner of the value of a new entry is the list, not the entry.
                let owner = if nth == 0 { entry } else { list };
                assert_eq!((new.owner(ix(entry)), new.owner(ix(value))), (ix(list), ix(owner)));
            }
            let all = new.arrivals(heap, heap.graph.nodes());
            assert_eq!((all.counts, all.bytes), (vec![2, 2], vec![132, 132]));
            let mut reached = Vec::new();
            new.reach(heap, &[ix(entries[0].0), ix(entries[1].0)], |node| {
                let is_unseen = !reached.contains(&node);
                reached.extend(is_unseen.then_some(node));
                is_unseen
            });
            assert_eq!(reached, [ix(entries[1].0), ix(entries[1].1)], "only new objects");
        });
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
