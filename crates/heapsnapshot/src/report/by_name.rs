//! A Comparison of snapshots whose ids say nothing about each other.

use std::collections::HashMap;

use super::diff::{Comparison, ComparisonOptions, ComparisonRow, ComparisonRows};
use crate::analysis::Analysis;
use crate::control::Control;
use crate::error::Error;
use crate::pass::classes::Classes;
use crate::pass::totals::count;
use crate::text::TextBuf;

/// Objects and bytes of one name in either snapshot.
#[derive(Clone, Copy, Default)]
struct Sums {
    counts: [u64; 2],
    sizes: [u64; 2],
}

/// Compares how many objects of each name two snapshots have, of whatever
/// processes.
///
/// # Semantics
/// Nobody can tell which objects are the same ones, so a row only has the
/// difference: what `current` has more counts as added, what it has less as
/// removed. Classes of one name are one row, and its key is its name, because
/// the places of constructors are not comparable either. As in
/// [`super::compare`], plain objects of both snapshots are classified by the
/// interfaces of `current`, and only nodes with a shallow size count.
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
///
/// # Complexity
/// O(N) time apart from sorting the rows.
pub fn compare_by_name(
    base: &Analysis,
    current: &Analysis,
    options: &ComparisonOptions,
) -> Result<Comparison, Error> {
    Ok(ComparisonRows::by_name(base, current, &options.control)?.show(options))
}

impl ComparisonRows {
    /// Compares as [`compare_by_name`] does.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Cancelled`].
    ///
    /// # Complexity
    /// O(N) time.
    pub fn by_name(base: &Analysis, current: &Analysis, control: &Control) -> Result<Self, Error> {
        let base_classes = base.classes_by(&current.definitions, control)?;
        let mut names: HashMap<TextBuf, Sums> = HashMap::new();
        add(&mut names, 0, base, &base_classes);
        control.check()?;
        add(&mut names, 1, current, &current.classes);
        let rows = names.into_iter().filter_map(|(name, sums)| {
            let Sums { counts: [old_count, new_count], sizes: [old_size, new_size] } = sums;
            let row = ComparisonRow {
                key: name.clone(),
                constructor: name,
                added_count: new_count.saturating_sub(old_count),
                removed_count: old_count.saturating_sub(new_count),
                added_size: new_size.saturating_sub(old_size),
                removed_size: old_size.saturating_sub(new_size),
            };
            (new_count != old_count || new_size != old_size).then_some(row)
        });
        Ok(ComparisonRows::of_names(rows.collect()))
    }
}

fn add(names: &mut HashMap<TextBuf, Sums>, side: usize, analysis: &Analysis, classes: &Classes) {
    let Analysis { graph, shallow, distances, .. } = analysis;
    for total in count(graph, shallow, distances, classes, None) {
        let sums = names.entry(classes.name(graph, total.class).to_owned()).or_default();
        sums.counts[side] += total.count;
        sums.sizes[side] += total.shallow;
    }
}
