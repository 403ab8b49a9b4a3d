//! Objects and references between them.

use heapsnapshot::{Analysis, Link, Links, NativeContext, NodeFlags, NodeIx, Nodes};
use napi_derive::napi;

use super::allocations::{AllocationFrame, frames_of};
use super::text::JsText;
use super::{ListTotals, count, distances};
use crate::error::to_number;

/// An object in a list.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct NodeRow {
    /// V8's id, the same in another snapshot of the process.
    pub id: u32,
    /// The name that DevTools shows: the text of a string, the properties of a plain object.
    #[napi(ts_type = "string")]
    pub name: JsText,
    /// V8's kind: `object`, `closure`, `string` …
    pub r#type: String,
    /// Name of the class.
    #[napi(ts_type = "string")]
    pub constructor: JsText,
    /// Distance from the roots of the program; null if it is unreachable.
    pub distance: Option<u32>,
    /// DevTools' number for the distance, also for unreachable objects.
    pub raw_distance: i32,
    /// Bytes of the object itself.
    pub shallow_size: f64,
    /// Bytes that would be freed with it.
    pub retained_size: f64,
}

impl NodeRow {
    pub(crate) fn new(analysis: &Analysis, node: NodeIx) -> Self {
        let graph = analysis.graph();
        let (distance, raw_distance) = distances(analysis.distance(node).raw());
        Self {
            id: graph.id(node).get(),
            name: analysis.display_name(node).into(),
            r#type: graph.kind_name(node).to_owned(),
            constructor: analysis.class_name(node).into(),
            distance,
            raw_distance,
            shallow_size: to_number(analysis.shallow_size(node)),
            retained_size: to_number(analysis.retained_size(node)),
        }
    }
}

/// A list of objects.
#[napi(object, object_from_js = false)]
pub struct NodeList {
    /// The totals of all rows.
    pub totals: ListTotals,
    /// The objects.
    pub rows: Vec<NodeRow>,
}

impl NodeList {
    pub(crate) fn new(analysis: &Analysis, nodes: &[NodeIx], total: usize) -> Self {
        Self {
            totals: ListTotals { count: count(total) },
            rows: nodes.iter().map(|&node| NodeRow::new(analysis, node)).collect(),
        }
    }

    pub(crate) fn from_core(analysis: &Analysis, list: &Nodes) -> Self {
        Self::new(analysis, &list.nodes, list.node_count)
    }
}

/// The source position of a function, or of the constructor of an object.
#[napi(object, object_from_js = false)]
pub struct ScriptLocation {
    /// V8's number of the script, which differs between processes.
    pub script_id: u32,
    /// Line, from 0.
    pub line: u32,
    /// Column, from 0.
    pub column: u32,
}

/// Everything about one object.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct NodeDetails {
    /// V8's id, the same in another snapshot of the process.
    pub id: u32,
    /// The name that DevTools shows.
    #[napi(ts_type = "string")]
    pub name: JsText,
    /// V8's kind: `object`, `closure`, `string` …
    pub r#type: String,
    /// Name of the class.
    #[napi(ts_type = "string")]
    pub constructor: JsText,
    /// Bytes as V8 wrote them.
    pub self_size: f64,
    /// Bytes of the object and of the hidden parts that only it owns.
    pub shallow_size: f64,
    /// Bytes that would be freed with it.
    pub retained_size: f64,
    /// Distance from the roots of the program; null if it is unreachable.
    pub distance: Option<u32>,
    /// DevTools' number for the distance, also for unreachable objects.
    pub raw_distance: i32,
    /// Id of the immediate dominator.
    pub dominator_id: u32,
    /// 0 unknown, 1 attached to a document, 2 detached.
    pub detachedness: u32,
    /// References from the object.
    pub edge_count: f64,
    /// References to the object, weak ones included.
    pub retainer_count: f64,
    /// Whether DevTools' console could reach it.
    pub can_be_queried: bool,
    /// Whether it is a node of a detached DOM tree.
    pub detached_dom_node: bool,
    /// Id of the only native context that retains it; null if none or several do.
    pub native_context_id: Option<u32>,
    /// The source position of the object or its constructor, if V8 records it.
    pub location: Option<ScriptLocation>,
    /// The functions that were running when it was allocated; null if that is not known.
    pub allocation_stack: Option<Vec<AllocationFrame>>,
}

impl NodeDetails {
    pub(crate) fn new(analysis: &Analysis, node: NodeIx) -> Self {
        let graph = analysis.graph();
        let NodeRow {
            id,
            name,
            r#type,
            constructor,
            distance,
            raw_distance,
            shallow_size,
            retained_size,
        } = NodeRow::new(analysis, node);
        let flags = analysis.flags(node);
        Self {
            id,
            name,
            r#type,
            constructor,
            self_size: to_number(graph.self_size(node)),
            shallow_size,
            retained_size,
            distance,
            raw_distance,
            dominator_id: graph.id(analysis.dominator(node)).get(),
            detachedness: u32::from(graph.detachedness(node).code()),
            edge_count: count(graph.edges(node).len()),
            retainer_count: count(analysis.retainer_count(node)),
            can_be_queried: flags.contains(NodeFlags::QUERYABLE),
            detached_dom_node: flags.contains(NodeFlags::DETACHED_DOM_NODE),
            native_context_id: match analysis.native_context(node) {
                NativeContext::Of(context) => Some(graph.id(context).get()),
                NativeContext::None | NativeContext::Shared => None,
            },
            location: graph.location(node).map(|at| ScriptLocation {
                script_id: at.script_id,
                line: at.line,
                column: at.column,
            }),
            allocation_stack: frames_of(analysis, node),
        }
    }
}

/// A reference and the object at its other end.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct EdgeRow {
    /// Name of the property or variable, or number of the element.
    #[napi(ts_type = "string")]
    pub edge: JsText,
    /// V8's kind of the reference: `property`, `context`, `element` …
    pub edge_type: String,
    /// V8's id of the object.
    pub id: u32,
    /// The name of the object in DevTools.
    #[napi(ts_type = "string")]
    pub name: JsText,
    /// V8's kind of the object.
    pub r#type: String,
    /// Name of its class.
    #[napi(ts_type = "string")]
    pub constructor: JsText,
    /// Distance from the roots of the program; null if it is unreachable.
    pub distance: Option<u32>,
    /// DevTools' number for the distance, also for unreachable objects.
    pub raw_distance: i32,
    /// Bytes of the object itself.
    pub shallow_size: f64,
    /// Bytes that would be freed with it.
    pub retained_size: f64,
}

impl EdgeRow {
    fn new(analysis: &Analysis, link: &Link) -> Self {
        let (distance, raw_distance) = distances(link.distance);
        let node = NodeRow::new(analysis, link.node);
        Self {
            edge: link.name.as_text().into(),
            edge_type: analysis.graph().edge_kind_name(link.edge).to_owned(),
            id: node.id,
            name: node.name,
            r#type: node.r#type,
            constructor: node.constructor,
            distance,
            raw_distance,
            shallow_size: node.shallow_size,
            retained_size: node.retained_size,
        }
    }
}

/// A list of references.
#[napi(object, object_from_js = false)]
pub struct EdgeList {
    /// The totals of all rows.
    pub totals: ListTotals,
    /// The references.
    pub rows: Vec<EdgeRow>,
}

impl EdgeList {
    pub(crate) fn new(analysis: &Analysis, links: &[Link], total: usize) -> Self {
        Self {
            totals: ListTotals { count: count(total) },
            rows: links.iter().map(|link| EdgeRow::new(analysis, link)).collect(),
        }
    }

    pub(crate) fn from_core(analysis: &Analysis, list: &Links) -> Self {
        Self::new(analysis, &list.links, list.link_count)
    }
}
