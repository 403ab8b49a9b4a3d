//! Comparison of snapshots whose ids are not comparable, such as those of two
//! processes.

use std::collections::HashMap;

use super::diff::{Comparison, ComparisonOptions, ComparisonRow, ComparisonRows};
use crate::analysis::Analysis;
use crate::control::Control;
use crate::error::Error;
use crate::pass::classes::Classes;
use crate::pass::totals::count;
use crate::text::TextBuf;

/// Objects and bytes of one class name in both snapshots, the older one first.
#[derive(Clone, Copy, Default)]
struct Sums {
    counts: [u64; 2],
    sizes: [u64; 2],
}

/// Compares how many objects of each class name two snapshots have. They can be
/// of different processes.
///
/// # Semantics
/// Without comparable ids, it is unknown which objects are the same. A row
/// therefore contains only the difference: more objects in `current` count as
/// added, fewer as removed. Classes of equal names are one row, and the key of
/// a row is its name, because the numbers of scripts are not comparable either.
/// As in [`super::compare`], plain objects of both snapshots are classified by
/// the interfaces of `current`, and only nodes with a shallow size count.
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
///
/// # Complexity
/// O(N) time, plus sorting the rows.
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

/// Adds the totals of a snapshot to `names`.
fn add(names: &mut HashMap<TextBuf, Sums>, side: usize, analysis: &Analysis, classes: &Classes) {
    let Analysis { graph, shallow, distances, .. } = analysis;
    for total in count(graph, shallow, distances, classes, None) {
        let sums = names.entry(classes.name(graph, total.class).to_owned()).or_default();
        sums.counts[side] += total.count;
        sums.sizes[side] += total.shallow;
    }
}
