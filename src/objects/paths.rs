//! Retaining paths of an object.

use heapsnapshot::{Analysis, PathStep};
use napi_derive::napi;

use super::text::JsText;

// napi objects cannot share fields, so these repeat those of `RetainingReference`.
// jscpd:ignore-start
/// A step from an object towards the roots, and the steps that follow.
#[napi(object, object_from_js = false)]
pub struct PathBranch {
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
    /// The objects that refer to it; empty next to a root.
    pub children: Vec<PathBranch>,
}
// jscpd:ignore-end

impl PathBranch {
    /// Recursive like the tree, whose depth the query limits.
    pub(crate) fn new(analysis: &Analysis, step: PathStep) -> Self {
        let graph = analysis.graph();
        Self {
            id: graph.id(step.node).get(),
            name: analysis.display_name(step.node).into(),
            r#type: graph.kind_name(step.node).to_owned(),
            edge: step.name.into(),
            edge_type: graph.edge_kind_name(step.edge).to_owned(),
            distance: step.distance,
            children: step.children.into_iter().map(|next| Self::new(analysis, next)).collect(),
        }
    }
}

/// The retaining paths of an object.
#[napi(object, object_from_js = false)]
pub struct PathForest {
    /// The reachable objects that refer to the object, nearest to the roots first.
    pub paths: Vec<PathBranch>,
    /// The limits that cut the search: `depth`, `nodes`, `siblings`.
    pub limits: Vec<String>,
}
