//! What came between two snapshots of one process, by constructor and owner.

use std::collections::HashMap;

use super::{LinkSort, Window};
use crate::analysis::Analysis;
use crate::control::Control;
use crate::error::Error;
use crate::graph::{BitSet, NodeKind};
use crate::ids::{ClassIx, EdgeIx, NodeIx};
use crate::index_vec::IndexVec;
use crate::text::TextBuf;

/// New objects of one class that one older object keeps alive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NewcomerGroup {
    /// Their class.
    pub class: ClassIx,
    /// The nearest dominator that the older snapshot has as well.
    pub owner: NodeIx,
    /// Number of objects.
    pub count: u64,
    /// Bytes of the objects themselves.
    pub shallow_size: u64,
    /// Bytes that would be freed with them. What two groups hold together
    /// counts in both.
    pub retained_size: u64,
    /// The one that retains most, of these the first by id.
    pub example: NodeIx,
}

/// Objects that only the newer of two snapshots has.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Newcomers {
    /// The groups of the window: retained size descending, then shallow size,
    /// then ids of owner and example.
    pub groups: Vec<NewcomerGroup>,
    /// Number of groups, shown or not.
    pub group_count: usize,
    /// New objects, all groups.
    pub count: u64,
    /// Their bytes.
    pub shallow_size: u64,
}

/// One reference on the way from an object to a root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RetainingStep {
    /// The edge that retains the object of the step before.
    pub edge: EdgeIx,
    /// Its name as DevTools shows it.
    pub name: TextBuf,
    /// The retainer.
    pub node: NodeIx,
    /// Its distance.
    pub distance: i32,
}

/// Returns whether two snapshots come from one process, as far as can be told.
///
/// # Semantics
/// An object keeps its id, its kind and its name for as long as it lives. Two
/// runs of one program give many ids to the same kinds of objects, since V8
/// counts them in the order in which it meets them, but not to the same names:
/// of the objects that have an id of the other snapshot, at least 97 % must
/// agree in kind and name. Between two snapshots of one process more than
/// 99.9 % do; between two runs of the same program, at most 90 % did. Compiled
/// code has no say: V8 drops that of functions that were not called for a
/// while and puts something else in its place, thousands at once.
///
/// # Complexity
/// O(N log N) time, and 4 bytes a node of `base`.
#[must_use]
pub fn same_process(base: &Analysis, current: &Analysis) -> bool {
    /// More would not change the verdict.
    const SAMPLES: usize = 1 << 16;
    let ids = base.by_id();
    let (old, new) = (&base.graph, &current.graph);
    let (mut common, mut alike) = (0u64, 0u64);
    let step = new.node_count().div_ceil(SAMPLES).max(1);
    for node in new.nodes().step_by(step) {
        // The groups that V8 makes up have the same ids everywhere.
        let kind = new.kind(node);
        if kind == NodeKind::SYNTHETIC || kind == NodeKind::CODE {
            continue;
        }
        let Some(other) = ids.find(old, new.id(node)) else { continue };
        common += 1;
        let same = old.kind_name(other) == new.kind_name(node) && old.name(other) == new.name(node);
        alike += u64::from(same);
    }
    common > 0 && alike * 100 >= common * 97
}

/// Groups the objects that `current` has and `base` has not, by class and by
/// owner: the nearest dominator that `base` has as well, or the root.
///
/// # Semantics
/// The id alone decides whether an object is new, unlike in [`super::compare`],
/// where an object of another class is another object. As there, only nodes
/// with a shallow size count.
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
///
/// # Complexity
/// O(N log N) time; 4 bytes a node of `base` and 8 of `current`.
pub fn newcomers(
    base: &Analysis,
    current: &Analysis,
    window: Window,
    control: &Control,
) -> Result<Newcomers, Error> {
    let known = known(base, current);
    control.check()?;
    let mut grouping =
        Grouping { current, groups: Vec::new(), slots: HashMap::new(), open: Vec::new() };
    let mut found = Newcomers::default();
    let mut owners = IndexVec::from_elem(current.graph.root(), current.graph.node_count());
    // Walks the dominator tree: the path from the root to here, with the group of each object.
    let mut path: Vec<(NodeIx, Option<usize>)> = Vec::new();
    let mut ticker = control.ticker();
    for &node in &current.order {
        ticker.tick()?;
        let dominator = current.dominators[node];
        while path.last().is_some_and(|&(top, _)| top != dominator) {
            if let Some((_, Some(slot))) = path.pop() {
                grouping.leave(slot);
            }
        }
        let owner = if known.contains(dominator) { dominator } else { owners[dominator] };
        owners[node] = owner;
        if known.contains(node) || current.shallow.is_zero(node) {
            path.push((node, None));
            continue;
        }
        path.push((node, Some(grouping.enter(node, owner))));
        found.count += 1;
        found.shallow_size += current.shallow.get(node);
    }
    found.group_count = grouping.groups.len();
    found.groups = grouping.sorted(window);
    Ok(found)
}

/// The groups found so far.
struct Grouping<'a> {
    current: &'a Analysis,
    groups: Vec<NewcomerGroup>,
    /// Group by owner and class.
    slots: HashMap<(NodeIx, ClassIx), usize>,
    /// Objects of each group on the path from the root to here: what they retain counts once.
    open: Vec<u32>,
}

impl Grouping<'_> {
    /// Counts a new object, whose subtree in the dominator tree follows. Returns its group.
    fn enter(&mut self, node: NodeIx, owner: NodeIx) -> usize {
        let Self { current, groups, slots, open } = self;
        let class = current.classes.of(node);
        let slot = *slots.entry((owner, class)).or_insert(groups.len());
        if slot == groups.len() {
            groups.push(NewcomerGroup {
                class,
                owner,
                count: 0,
                shallow_size: 0,
                retained_size: 0,
                example: node,
            });
            open.push(0);
        }
        let retained = current.retained.get(node);
        let group = &mut groups[slot];
        group.count += 1;
        group.shallow_size += current.shallow.get(node);
        if open[slot] == 0 {
            group.retained_size += retained;
        }
        open[slot] += 1;
        let best = current.retained.get(group.example);
        let id = |node: NodeIx| current.graph.id(node);
        if (best, id(node)) < (retained, id(group.example)) {
            group.example = node;
        }
        slot
    }

    /// The subtree of an object of this group ended.
    fn leave(&mut self, slot: usize) {
        self.open[slot] -= 1;
    }

    fn sorted(self, window: Window) -> Vec<NewcomerGroup> {
        let Self { current, mut groups, .. } = self;
        let id = |node: NodeIx| current.graph.id(node);
        window.sort(&mut groups, |a, b| {
            let sizes =
                b.retained_size.cmp(&a.retained_size).then(b.shallow_size.cmp(&a.shallow_size));
            sizes.then_with(|| (id(a.owner), id(a.example)).cmp(&(id(b.owner), id(b.example))))
        });
        groups
    }
}

/// The nodes of `current` that are no newcomers: the root, and what has an id of
/// the older snapshot.
fn known(base: &Analysis, current: &Analysis) -> BitSet {
    let mut known = current.having(base.ids());
    known.insert(current.graph.root());
    known
}

impl Analysis {
    /// Returns one shortest way from `node` to a root of the program: at each
    /// step the retainer nearest to the roots, that one first which DevTools
    /// shows first. Empty if no root leads to `node`.
    ///
    /// # Complexity
    /// O(retainers met); no more than `most` steps.
    #[must_use]
    pub fn shortest_path(&self, node: NodeIx, most: usize) -> Vec<RetainingStep> {
        let mut steps: Vec<RetainingStep> = Vec::new();
        let Some(mut distance) = self.distance(node).steps() else { return steps };
        let mut at = node;
        while steps.len() < most && distance > 1 {
            let nearest = self.retainers(at, LinkSort::Distance, Window::first(1)).links;
            let Some(link) = nearest.into_iter().next() else { break };
            match u32::try_from(link.distance) {
                Ok(next) if next < distance => distance = next,
                _ => break,
            }
            at = link.node;
            steps.push(RetainingStep {
                edge: link.edge,
                name: link.name,
                node: at,
                distance: link.distance,
            });
        }
        steps
    }
}
