//! New objects, by constructor and owner.

use heapsnapshot::{Analysis, NewcomerGroup, Newcomers, NodeIx, RetainingStep};
use napi_derive::napi;

use super::count;
use super::nodes::NodeRow;
use super::text::JsText;
use crate::error::to_number;

/// Maximum number of steps of an example's path. Longer ones are lists that repeat.
const MAX_STEPS: usize = 100;

/// One reference on the path from an object to a root.
#[napi(object, object_from_js = false)]
pub struct RetainingReference {
    /// V8's id of the referring object.
    pub id: u32,
    /// The name of that object in DevTools.
    #[napi(ts_type = "string")]
    pub name: JsText,
    /// V8's kind of that object.
    pub r#type: String,
    /// Its reference to the object of the previous step.
    #[napi(ts_type = "string")]
    pub edge: JsText,
    /// V8's kind of the reference.
    pub edge_type: String,
    /// Its distance from the roots of the program.
    pub distance: i32,
}

impl RetainingReference {
    fn new(analysis: &Analysis, step: RetainingStep) -> Self {
        let graph = analysis.graph();
        Self {
            id: graph.id(step.node).get(),
            name: analysis.display_name(step.node).into(),
            r#type: graph.kind_name(step.node).to_owned(),
            edge: step.name.into(),
            edge_type: graph.edge_kind_name(step.edge).to_owned(),
            distance: step.distance,
        }
    }
}

/// Returns a shortest path from an object to a root of the program.
pub(super) fn path(analysis: &Analysis, node: NodeIx) -> Vec<RetainingReference> {
    let steps = analysis.shortest_path(node, MAX_STEPS);
    steps.into_iter().map(|step| RetainingReference::new(analysis, step)).collect()
}

/// New objects of one constructor that one older object retains.
#[napi(object, object_from_js = false)]
pub struct NewObjectGroup {
    /// Name of their class.
    #[napi(ts_type = "string")]
    pub constructor: JsText,
    /// Number of objects.
    pub count: f64,
    /// Bytes of the objects themselves.
    pub shallow_size: f64,
    /// Bytes that would be freed with them.
    pub retained_size: f64,
    /// Their nearest dominator that already existed in the first snapshot.
    pub owner: NodeRow,
    /// The object that retains most.
    pub example: NodeRow,
    /// A shortest path from the example to a root of the program.
    pub path: Vec<RetainingReference>,
}

impl NewObjectGroup {
    fn new(analysis: &Analysis, group: &NewcomerGroup) -> Self {
        Self {
            constructor: analysis.class_name(group.example).into(),
            count: to_number(group.count),
            shallow_size: to_number(group.shallow_size),
            retained_size: to_number(group.retained_size),
            owner: NodeRow::new(analysis, group.owner),
            example: NodeRow::new(analysis, group.example),
            path: path(analysis, group.example),
        }
    }
}

/// The totals of all groups.
#[napi(object, object_from_js = false)]
pub struct NewObjectTotals {
    /// Number of groups, returned or not.
    pub row_count: f64,
    /// New objects.
    pub count: f64,
    /// Bytes of these objects.
    pub shallow_size: f64,
}

/// New objects by constructor and owner.
#[napi(object, object_from_js = false)]
pub struct NewObjects {
    /// The totals of all rows.
    pub totals: NewObjectTotals,
    /// Sorted by retained size, descending.
    pub rows: Vec<NewObjectGroup>,
}

impl NewObjects {
    pub(crate) fn from_core(analysis: &Analysis, found: &Newcomers) -> Self {
        Self {
            totals: NewObjectTotals {
                row_count: count(found.group_count),
                count: to_number(found.count),
                shallow_size: to_number(found.shallow_size),
            },
            rows: found.groups.iter().map(|group| NewObjectGroup::new(analysis, group)).collect(),
        }
    }
}
