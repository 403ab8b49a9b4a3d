//! Ways from the roots to an object.

use heapsnapshot::{Analysis, PathStep};
use napi_derive::napi;

use super::text::JsText;

// An object for JavaScript has all its fields itself, as `RetainingReference` does.
// jscpd:ignore-start
/// A step from an object towards the roots, and the steps that follow.
#[napi(object, object_from_js = false)]
pub struct PathBranch {
    /// V8's id of the object that refers.
    pub id: u32,
    /// That object as DevTools shows it.
    #[napi(ts_type = "string")]
    pub name: JsText,
    /// V8's kind of that object.
    pub r#type: String,
    /// Its reference to the object of the step before.
    #[napi(ts_type = "string")]
    pub edge: JsText,
    /// V8's kind of the reference.
    pub edge_type: String,
    /// References from the roots of the program to that object.
    pub distance: i32,
    /// What refers to it; empty when it is next to a root.
    pub children: Vec<PathBranch>,
}
// jscpd:ignore-end

impl PathBranch {
    /// Recursive, as the tree is: its depth is bounded by the question.
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

/// How an object is kept alive.
#[napi(object, object_from_js = false)]
pub struct PathForest {
    /// What refers to the object and is itself alive, nearest to the roots first.
    pub paths: Vec<PathBranch>,
    /// Which limits cut the search short: `depth`, `nodes`, `siblings`.
    pub limits: Vec<String>,
}
