//! Memory by duplicated string and by realm.

use heapsnapshot::{Analysis, DuplicateStrings, DuplicateText, NativeContextSize};
use napi_derive::napi;

use super::text::JsText;
use super::{ListTotals, count};
use crate::error::to_number;

/// A string that is stored several times.
#[napi(object, object_from_js = false)]
pub struct DuplicateString {
    /// The text. V8 cuts long ones when it writes a snapshot.
    #[napi(ts_type = "string")]
    pub value: JsText,
    /// Number of strings.
    pub count: f64,
    /// Bytes of the strings themselves.
    pub shallow_size: f64,
    /// Sum of their retained sizes.
    pub retained_size: f64,
    /// V8's ids of the strings.
    pub ids: Vec<u32>,
    /// Whether the text was cut.
    pub truncated: bool,
}

impl DuplicateString {
    fn new(analysis: &Analysis, group: &DuplicateText, max_ids: usize) -> Self {
        let graph = analysis.graph();
        Self {
            value: group.text.as_text().into(),
            count: count(group.nodes.len()),
            shallow_size: to_number(group.shallow_size),
            retained_size: to_number(group.retained_size),
            ids: group.nodes.iter().take(max_ids).map(|&node| graph.id(node).get()).collect(),
            truncated: group.truncated,
        }
    }
}

/// Strings that are stored more than once.
#[napi(object, object_from_js = false)]
pub struct DuplicateStringList {
    /// The totals of all rows.
    pub totals: ListTotals,
    /// Sorted by retained size, descending.
    pub rows: Vec<DuplicateString>,
}

impl DuplicateStringList {
    /// Each row gets at most `max_ids` ids.
    pub(crate) fn new(
        analysis: &Analysis,
        groups: &[DuplicateText],
        max_ids: usize,
        total: usize,
    ) -> Self {
        let row = |group| DuplicateString::new(analysis, group, max_ids);
        Self { totals: ListTotals { count: count(total) }, rows: groups.iter().map(row).collect() }
    }

    pub(crate) fn from_core(analysis: &Analysis, list: &DuplicateStrings) -> Self {
        Self::new(analysis, &list.groups, usize::MAX, list.group_count)
    }
}

/// Memory of one native context, which is a global object with its builtins.
#[napi(object, object_from_js = false)]
pub struct NativeContextRow {
    /// V8's id of the context.
    pub id: u32,
    /// The name that DevTools shows.
    #[napi(ts_type = "string")]
    pub name: JsText,
    /// Bytes of all objects that only this context retains.
    pub attributed_size: f64,
    /// Bytes of the context itself.
    pub shallow_size: f64,
    /// Bytes that would be freed with the context.
    pub retained_size: f64,
}

/// Memory by native context.
#[napi(object, object_from_js = false)]
pub struct NativeContextList {
    /// In the order of the file.
    pub rows: Vec<NativeContextRow>,
    /// Bytes that several contexts retain.
    pub shared_size: f64,
    /// Bytes that no context retains.
    pub unattributed_size: f64,
}

impl NativeContextList {
    pub(crate) fn new(analysis: &Analysis) -> Self {
        let graph = analysis.graph();
        let sizes = analysis.native_context_sizes();
        let row = |context: &NativeContextSize| NativeContextRow {
            id: graph.id(context.node).get(),
            name: analysis.display_name(context.node).into(),
            attributed_size: to_number(context.attributed_size),
            shallow_size: to_number(analysis.shallow_size(context.node)),
            retained_size: to_number(analysis.retained_size(context.node)),
        };
        Self {
            rows: sizes.contexts.iter().map(row).collect(),
            shared_size: to_number(sizes.shared_size),
            unattributed_size: to_number(sizes.unattributed_size),
        }
    }
}
