//! The development of classes.

use std::collections::HashMap;

use super::{Lineage, Trend};
use crate::analysis::Analysis;
use crate::control::Control;
use crate::error::Error;
use crate::index_vec::IndexVec;
use crate::pass::totals::count;
use crate::report::aggregate::add_retained;
use crate::text::TextBuf;

/// A class in all snapshots.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TrendClass {
    /// Its name.
    pub constructor: TextBuf,
    /// DevTools' key of the class, equal in all snapshots.
    pub key: TextBuf,
}

/// Returns the development of each class, without verdicts.
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
pub(super) fn follow(
    snapshots: &[&Analysis],
    last: &Analysis,
    lineage: &Lineage,
    control: &Control,
) -> Result<Vec<Trend<TrendClass>>, Error> {
    let mut rows: Vec<Trend<TrendClass>> = Vec::new();
    let mut by_key: HashMap<TextBuf, usize> = HashMap::new();
    for (at, snapshot) in snapshots.iter().enumerate() {
        let is_last = at + 1 == snapshots.len();
        let of_others;
        let classes = if is_last {
            &snapshot.classes
        } else {
            of_others = snapshot.classes_by(&last.definitions, control)?;
            &of_others
        };
        let Analysis { graph, shallow, distances, .. } = snapshot;
        let mut totals = count(graph, shallow, distances, classes, None);
        add_retained(snapshot, classes, None, &mut totals);
        let mut slots = IndexVec::from_elem(usize::MAX, classes.len());
        for total in totals {
            let key = classes.key(graph, total.class);
            let slot = *by_key.entry(key).or_insert_with_key(|key| {
                let constructor = classes.name(graph, total.class).to_owned();
                let class = TrendClass { constructor, key: key.clone() };
                rows.push(Trend::new(class, snapshots.len()));
                rows.len() - 1
            });
            slots[total.class] = slot;
            let point = &mut rows[slot].points[at];
            point.all.count += total.count;
            point.all.shallow_size += total.shallow;
            point.retained_size += total.retained;
        }
        for node in graph.nodes() {
            let slot = slots[classes.of(node)];
            if slot == usize::MAX || shallow.is_zero(node) {
                continue;
            }
            let points = &mut rows[slot].points;
            if lineage.survivors[at].contains(node) {
                points[at].survivors.add(shallow.get(node));
            }
            if is_last {
                points[lineage.births[node] as usize].stayed.add(shallow.get(node));
            }
        }
        control.check()?;
    }
    Ok(rows)
}
