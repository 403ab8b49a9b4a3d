//! Which snapshots have which objects.

use crate::analysis::Analysis;
use crate::control::Control;
use crate::error::Error;
use crate::graph::BitSet;
use crate::ids::{NodeId, NodeIx, to_u32};
use crate::index_vec::IndexVec;

/// Which objects several snapshots have in common.
pub(super) struct Lineage {
    /// By snapshot: its objects that the first snapshot has, too.
    pub(super) survivors: Vec<BitSet>,
    /// By snapshot: its objects that all snapshots have, and the root.
    pub(super) lasting: Vec<BitSet>,
    /// By object of the last snapshot: the first snapshot that has it.
    pub(super) births: IndexVec<NodeIx, u32>,
}

/// Returns, for each node of `last`, the index of the first snapshot that has
/// it. `earlier` are earlier snapshots of the same process, oldest first. Nodes
/// that none of them has get `earlier.len()`.
///
/// V8 never assigns an id twice. An object of the first snapshot and of `last`
/// therefore is in all of them.
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
///
/// # Complexity
/// O(N log N) time. Needs 4 bytes per node of `last`, and 4 per node of each
/// snapshot for the order of ids, which [`Analysis`] caches.
pub fn births(
    last: &Analysis,
    earlier: &[&Analysis],
    control: &Control,
) -> Result<Vec<u32>, Error> {
    let mut births = vec![to_u32(earlier.len()); last.graph.node_count()];
    for (at, snapshot) in earlier.iter().enumerate().rev() {
        control.check()?;
        last.by_id().common(&last.graph, snapshot.ids(), |node| births[node.index()] = to_u32(at));
    }
    Ok(births)
}

impl Lineage {
    /// Compares the ids of all snapshots. O(N log N) time per snapshot.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Cancelled`].
    pub(super) fn new(
        first: &Analysis,
        snapshots: &[&Analysis],
        last: &Analysis,
        control: &Control,
    ) -> Result<Self, Error> {
        let node_count = last.graph.node_count();
        let mut births = IndexVec::from_elem(to_u32(snapshots.len() - 1), node_count);
        let mut sightings = IndexVec::from_elem(0u32, node_count);
        for (at, snapshot) in snapshots.iter().enumerate().rev() {
            control.check()?;
            last.by_id().common(&last.graph, snapshot.ids(), |node| {
                births[node] = to_u32(at);
                sightings[node] += 1;
            });
        }
        let everywhere: Vec<NodeId> = last
            .by_id()
            .nodes()
            .iter()
            .filter(|&&node| sightings[node] as usize == snapshots.len())
            .map(|&node| last.graph.ids[node])
            .collect();
        drop(sightings);
        let (mut survivors, mut lasting) = (Vec::new(), Vec::new());
        for snapshot in snapshots {
            control.check()?;
            survivors.push(snapshot.having(first.ids()));
            let mut everywhere = snapshot.having(everywhere.iter().copied());
            everywhere.insert(snapshot.graph.root());
            lasting.push(everywhere);
        }
        Ok(Self { survivors, lasting, births })
    }
}
