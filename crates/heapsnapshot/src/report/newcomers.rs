//! The objects that were added between two snapshots of one process, by
//! constructor and owner.

use std::collections::HashMap;

use super::{LinkSort, Window};
use crate::analysis::Analysis;
use crate::control::Control;
use crate::error::Error;
use crate::graph::{BitSet, NodeKind};
use crate::ids::{ClassIx, EdgeIx, NodeIx};
use crate::index_vec::IndexVec;
use crate::text::TextBuf;

/// New objects of one class with the same owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NewcomerGroup {
    /// Their class.
    pub class: ClassIx,
    /// Their owner: the nearest dominator that already existed in the older
    /// snapshot.
    pub owner: NodeIx,
    /// Number of objects.
    pub count: u64,
    /// Sum of their shallow sizes, in bytes.
    pub shallow_size: u64,
    /// Bytes that would be freed with them. Bytes that objects of two groups
    /// dominate count in both.
    pub retained_size: u64,
    /// The object that retains most; of several, the one with the lowest id.
    pub example: NodeIx,
}

/// The result of [`newcomers`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Newcomers {
    /// The groups in the window, sorted by retained size descending, then
    /// shallow size descending, then ids of owner and example.
    pub groups: Vec<NewcomerGroup>,
    /// Number of groups, also outside of the window.
    pub group_count: usize,
    /// Number of new objects in all groups.
    pub count: u64,
    /// Their bytes.
    pub shallow_size: u64,
}

/// A step of a retaining path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RetainingStep {
    /// The edge from the retainer to the object of the previous step.
    pub edge: EdgeIx,
    /// Its name as DevTools shows it.
    pub name: TextBuf,
    /// The retainer.
    pub node: NodeIx,
    /// Its distance, see [`crate::Distance::raw`].
    pub distance: i32,
}

/// Returns whether two snapshots probably are of the same process, so that
/// their ids are comparable.
///
/// # Semantics
/// An object keeps its id, its kind and its name as long as it lives. Two runs
/// of one program assign many ids to objects of the same kinds, because V8
/// numbers objects in the order in which it meets them; but the names differ.
/// The function therefore returns true if at least 97 % of the objects with a
/// common id have the same kind and name. In two snapshots of one process, more
/// than 99.9 % have; in those of two runs of the same program, 90 % at most
/// had. Compiled code is ignored: V8 drops the code of functions that were not
/// called for some time, thousands at once.
///
/// Examines a sample of 65,536 nodes of `current`.
///
/// # Complexity
/// O(N log N) time. Needs 4 bytes per node of `base`.
#[must_use]
pub fn same_process(base: &Analysis, current: &Analysis) -> bool {
    /// More samples would not change the result.
    const SAMPLES: usize = 1 << 16;
    let ids = base.by_id();
    let (old, new) = (&base.graph, &current.graph);
    let (mut common, mut alike) = (0u64, 0u64);
    let step = new.node_count().div_ceil(SAMPLES).max(1);
    for node in new.nodes().step_by(step) {
        // Synthetic nodes have the same ids in all processes.
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

/// Groups the objects that only `current` has, by class and owner. The owner of
/// a new object is its nearest dominator that `base` has, too, or else the
/// root.
///
/// # Semantics
/// Only the id decides whether an object is new. In contrast,
/// [`super::compare`] treats an object whose class changed as another one. In
/// both, only nodes with a shallow size count.
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
///
/// # Complexity
/// O(N log N) time. Needs 4 bytes per node of `base` and 8 per node of
/// `current`.
///
/// # Examples
/// ```
/// use heapsnapshot::{Analysis, AnalysisOptions, Control, Graph, ReadOptions, Window, newcomers};
///
/// let read = |path: &str| {
///     let graph = Graph::from_file(path, &ReadOptions::default())?;
///     Analysis::new(graph, &AnalysisOptions::default())
/// };
/// # let (first, second) = ("../../test/fixtures/node20.heapsnapshot.zst", "../../test/fixtures/node20-later.heapsnapshot.zst");
/// let (base, current) = (read(first)?, read(second)?);
/// let found = newcomers(&base, &current, Window::first(10), &Control::new())?;
/// for group in &found.groups {
///     println!("{} new {}", group.count, current.classes().name(current.graph(), group.class));
/// }
/// # Ok::<(), heapsnapshot::Error>(())
/// ```
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
    /// By owner and class: the group.
    slots: HashMap<(NodeIx, ClassIx), usize>,
    /// By group: its objects on the path from the root to the current node.
    /// Only the outermost one adds to the retained size.
    open: Vec<u32>,
}

impl Grouping<'_> {
    /// Counts a new object. The walk visits its subtree of the dominator tree
    /// next. Returns its group.
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

    /// Ends the subtree of an object of a group.
    fn leave(&mut self, slot: usize) {
        self.open[slot] -= 1;
    }

    /// Returns the groups in the window, sorted.
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

/// Returns the nodes of `current` that are not new: the root, and those with an
/// id that `base` has.
fn known(base: &Analysis, current: &Analysis) -> BitSet {
    let mut known = current.having(base.ids());
    known.insert(current.graph.root());
    known
}

impl Analysis {
    /// Returns a shortest path from `node` to a user root. Each step leads to
    /// the retainer with the smallest distance; of several, to the one that
    /// DevTools shows first. Empty if no user root reaches `node`.
    ///
    /// # Complexity
    /// O(retainers of the nodes on the path) time. Returns at most `max_steps`
    /// steps.
    #[must_use]
    pub fn shortest_path(&self, node: NodeIx, max_steps: usize) -> Vec<RetainingStep> {
        let mut steps: Vec<RetainingStep> = Vec::new();
        let Some(mut distance) = self.distance(node).steps() else { return steps };
        let mut at = node;
        while steps.len() < max_steps && distance > 1 {
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
