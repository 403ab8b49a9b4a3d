//! Detects growth carried by asynchronous work: stores of `AsyncLocalStorage`, and objects that
//! represent the work, such as `AsyncResource` and the resources of async hooks.
//!
//! # Evidence
//! - Stores: the symbol property `kResourceStore` of resources up to Node 22, and the
//!   `AsyncContextFrame` of later versions.
//! - Collections: those that the `init` of an `AsyncHook` can see, or whose items are mostly
//!   instances of `AsyncResource`.
//!
//! # Example
//! ```js
//! const storage = new AsyncLocalStorage();
//! storage.run({ user }, () => setInterval(poll, 1000)); // the timer keeps the store alive
//! ```

use std::collections::{BTreeMap, HashMap, HashSet};

use heapsnapshot::{Error, NodeIx, NodeKind};

use super::contents::Contents;
use super::{Case, Objects, kind_of, signature};
use crate::finding::{Doc, Finding, Kind, Severity, Step};
use crate::growth::Series;
use crate::heap::{Collection, Heap};
use crate::message::{Message, Value, arg, messages};
use crate::retaining_path::{self, RetainingPath};
use crate::sample::sample;
use crate::words::Word;

impl Kind {
    /// Stores of `AsyncLocalStorage`, or instances of `AsyncResource`.
    pub(crate) const ASYNC_CONTEXT: Self = Self("async-context");
}

/// The rows of this rule in the table of kinds.
pub(super) const DOCS: &[Doc] = &[Doc {
    kinds: &[Kind::ASYNC_CONTEXT],
    about: "stores of `AsyncLocalStorage` that are attached to work that never ends, and collections of `AsyncResource` objects or of objects that an async hook received",
}];

messages! {
    Title("async-context.title") { carrier }
    Carried("async-context.sentence") { count, storage, counts, stores, bytes, carrier }
    Texts("async-context.texts") {}
    Class("async-context.class") { class }
    Retainer("async-context.retainer") { storage, class }
    Fix("async-context.fix") { carrier }
    HookCause("async-hook.cause") { function }
    HookFix("async-hook.fix") { name }
    HookCauseNoDestroy("async-hook.cause.no-destroy") { function }
    HookFixNoDestroy("async-hook.fix.no-destroy") { name }
    Resources("async-resources.items") { class }
    ResourcesCause("async-resources.cause") {}
    ResourcesFix("async-resources.fix") { name }
}

/// Minimum number of stores for a finding.
const MIN_STORES: usize = 8;

/// Maximum number of scopes around a function, or of prototypes above an object, to examine.
const MAX_LEVELS: usize = 16;

/// Maximum number of items of a collection to examine.
const SAMPLE_SIZE: usize = 32;

/// Returns whether an object is an `AsyncResource` or an instance of a subclass.
pub(super) fn is_resource(heap: &Heap<'_>, node: NodeIx) -> bool {
    std::iter::successors(heap.property(node, Word::Proto), |&up| heap.property(up, Word::Proto))
        .take(MAX_LEVELS)
        .filter_map(|prototype| heap.property(prototype, Word::Constructor))
        .any(|class| heap.is_closure(class) && heap.graph.name(class) == "AsyncResource")
}

/// Describes a collection that asynchronous work fills.
pub(super) fn contents(
    case: &mut Case<'_>,
    path: &RetainingPath,
    name: &str,
    node: NodeIx,
    item_kind: &str,
    shown: Value,
) -> Option<Contents> {
    let (kind, count) = case.heap.collection(node)?;
    let items = case.heap.items(node, kind);
    // Hooks know resources by number, so a collection with other keys is not filled by a hook.
    let others = items.iter().filter(|&&item| case.heap.graph.kind(item) != NodeKind::NUMBER);
    let is_numbered = kind != Collection::Dictionary && others.count() as u64 <= count;
    let hook = is_numbered.then(|| hook(&case.heap, path, node)).flatten();
    if let Some((init, destroys)) = hook {
        let function = arg(retaining_path::function(&case.heap, &mut case.sources, init));
        let (why, fix): (Message, Message) = if destroys {
            (HookCause { function }.into(), HookFix { name: arg(name) }.into())
        } else {
            (HookCauseNoDestroy { function }.into(), HookFixNoDestroy { name: arg(name) }.into())
        };
        return Some(Contents { kind: Kind::ASYNC_CONTEXT, items: shown, behind: vec![why], fix });
    }
    let (mut count, mut looked) = (0, 0);
    for item in sample(&items, SAMPLE_SIZE) {
        looked += 1;
        count += usize::from(is_resource(&case.heap, item));
    }
    (count * 2 > looked).then(|| Contents {
        kind: Kind::ASYNC_CONTEXT,
        items: if item_kind == "AsyncResource" {
            Objects { class: arg(item_kind) }.into()
        } else {
            Resources { class: arg(item_kind) }.into()
        },
        behind: vec![ResourcesCause {}.into()],
        fix: ResourcesFix { name: arg(name) }.into(),
    })
}

/// Returns the `init` of an async hook that can see the collection, and whether the hook has a
/// `destroy`.
fn hook(heap: &Heap<'_>, path: &RetainingPath, collection: NodeIx) -> Option<(NodeIx, bool)> {
    let on_path: HashSet<NodeIx> = path.nodes(heap).chain([collection]).collect();
    heap.graph.nodes().filter(|&node| heap.graph.name(node) == "AsyncHook").find_map(|hook| {
        let init = heap.property(hook, Word::HookInit).filter(|&init| heap.is_closure(init))?;
        if heap.origin(init).is_none_or(|origin| origin.is_internal()) {
            return None;
        }
        let sees = heap
            .scopes(init)
            .take(MAX_LEVELS)
            .filter(|&scope| heap.is_context(scope))
            .flat_map(|scope| heap.variables(scope))
            .any(|(_, target)| on_path.contains(&target));
        let destroy = heap.property(hook, Word::HookDestroy);
        sees.then(|| (init, destroy.is_some_and(|destroy| heap.is_closure(destroy))))
    })
}

/// Stores of one class that resources of one class carry.
#[derive(Default)]
struct Stores {
    /// The stores.
    all: HashSet<NodeIx>,
    /// The newest store, by id, and the object that carries it.
    example: Option<(u32, NodeIx, NodeIx)>,
    /// The `AsyncLocalStorage`, if the snapshot shows it.
    owner: Option<NodeIx>,
}

/// Returns the `AsyncLocalStorage` objects of the application.
fn storages(heap: &Heap<'_>) -> Vec<NodeIx> {
    let is_storage = |&node: &NodeIx| {
        heap.graph.kind(node) == NodeKind::OBJECT
            && heap.graph.name(node) == "AsyncLocalStorage"
            && heap.property(node, Word::Constructor).is_none()
    };
    heap.graph.nodes().filter(is_storage).collect()
}

/// Returns the stores of all pending work, by class of the store and of the resource.
fn carried(heap: &Heap<'_>) -> BTreeMap<(String, String), Stores> {
    let mut found: BTreeMap<(String, String), Stores> = BTreeMap::new();
    let mut add = |carrier: NodeIx, store: NodeIx, storage: Option<NodeIx>| {
        if heap.is_filler(store) {
            return;
        }
        let stores = found.entry((kind_of(heap, store), heap.class(carrier))).or_default();
        stores.all.insert(store);
        let example = (heap.id(store), store, carrier);
        stores.example = stores.example.max(Some(example));
        stores.owner = storage;
    };
    let all = storages(heap);
    let only = all.first().copied().filter(|_| all.len() == 1);
    for node in heap.graph.nodes().filter(|&node| heap.graph.kind(node) == NodeKind::OBJECT) {
        // Up to Node 22, a store is a property of each resource; later a resource refers to a map
        // of all stores.
        if let Some(store) = heap.property(node, Word::ResourceStore) {
            add(node, store, only);
        }
        if heap.graph.name(node) == "AsyncContextFrame"
            && let Some((kind @ Collection::Map, _)) = heap.collection(node)
        {
            let carrier = heap.analysis.incoming(node).map(|(_, source)| source).find(|&source| {
                heap.graph.kind(source) == NodeKind::OBJECT
                    && heap.graph.name(source) != "AsyncContextFrame"
                    && !heap.is_context(source)
            });
            let Some(carrier) = carrier else { continue };
            let mut storage = None;
            for item in heap.items(node, kind) {
                if all.contains(&item) {
                    storage = Some(item);
                } else {
                    add(carrier, item, storage.or(only));
                }
            }
        }
    }
    found
}

/// Returns a finding for each kind of store and resource that increases in number.
pub(super) fn find(case: &mut Case<'_>, before: &[Finding]) -> Result<Vec<Finding>, Error> {
    if case.earlier.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = carried(&case.heap);
    found.retain(|_, stores| stores.all.len() >= MIN_STORES);
    if found.is_empty() {
        return Ok(Vec::new());
    }
    case.control.check()?;
    let earlier: Vec<_> = case.earlier.iter().map(carried).collect();
    let union = |heap: &Heap<'_>, stores: &Stores| {
        let group_of: HashMap<NodeIx, usize> = stores.all.iter().map(|&s| (s, 0)).collect();
        heap.union_retained(&group_of, 1)[0]
    };
    let mut findings = Vec::new();
    for (kinds, stores) in &found {
        case.control.check()?;
        let mut series = Series::default();
        for (heap, known) in case.earlier.iter().zip(&earlier) {
            let known = known.get(kinds);
            series.counts.push(known.map_or(0, |stores| stores.all.len() as u64));
            series.bytes.push(known.map_or(0, |stores| union(heap, stores)));
        }
        series.counts.push(stores.all.len() as u64);
        series.bytes.push(union(&case.heap, stores));
        let severity = series.trend().severity();
        if severity > Severity::Waste {
            findings.extend(report(case, before, kinds, stores, &series));
        }
    }
    Ok(findings)
}

/// Makes the finding about stores of one kind. `None` if the program itself retains the work, or
/// another finding explains it.
fn report(
    case: &mut Case<'_>,
    before: &[Finding],
    (class, carrier_class): &(String, String),
    stores: &Stores,
    series: &Series,
) -> Option<Finding> {
    let (_, store, carrier) = stores.example?;
    // If the application itself retains the work, that retainer is the finding.
    let path = RetainingPath::find(&case.heap, &mut case.sources, carrier);
    let is_retained_by_program = !path.is_internal && path.place.is_some();
    if is_retained_by_program
        || Case::is_claimed(carrier, before)
        || Case::is_claimed(store, before)
    {
        return None;
    }
    let storage = stores.owner.map(|node| RetainingPath::find(&case.heap, &mut case.sources, node));
    let storage = storage.filter(|path| path.place.is_some()).unwrap_or_default();
    let owner = storage.name.as_deref().map(|name| storage.retainer_named(name));
    let severity = series.trend().severity();
    let evidence = series.evidence();
    let edge = owner.as_ref().map_or_else(String::new, |owner| format!(" {owner}"));
    let edge = format!("store of AsyncLocalStorage{edge}");
    let mut steps = vec![Step {
        id: case.heap.id(carrier),
        edge: "work under way in Node".to_owned(),
        what: carrier_class.clone(),
    }];
    steps.extend(case.extend(&RetainingPath::default(), &[(edge, store)]));
    let shown: Message =
        if class == "string" { Texts {}.into() } else { Class { class: arg(class) }.into() };
    Some(Finding {
        confidence: if severity == Severity::Leak { 0.8 } else { 0.5 },
        title: Title { carrier: arg(carrier_class) }.into(),
        sentence: Carried {
            count: arg(evidence.count),
            storage: owner.clone().and_then(arg),
            counts: series.counts_value(),
            stores: arg(shown),
            bytes: arg(evidence.bytes),
            carrier: arg(carrier_class),
        }
        .into(),
        evidence,
        signature: signature(&[Kind::ASYNC_CONTEXT.word(), storage.file(), class, carrier_class]),
        culprit: storage.culprit(Some(class.clone())),
        path: steps,
        fix: Fix { carrier: arg(carrier_class) }.into(),
        claims: stores.all.iter().copied().chain([carrier]).collect(),
        entries: stores.all.iter().copied().collect(),
        retainer: Some(Retainer { storage: owner.and_then(arg), class: arg(class) }.into()),
        ..Finding::new(Kind::ASYNC_CONTEXT, severity)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_heap::{TestHeap, finding_of_growth, ix};

    const STORE_BYTES: u64 = 1000;

    /// A heap in which `count` resources, which Node retains, carry stores.
    fn heap(count: usize, store_kind: &'static str) -> TestHeap {
        let mut heap = TestHeap::new();
        let root = heap.node("synthetic", "(Global handles)", 0);
        heap.edge(0, "element", "1", root);
        for _ in 0..count {
            let resource = heap.node("object", "Timeout", 80);
            let store = heap.node(store_kind, "RequestStore", STORE_BYTES);
            heap.push(root, resource);
            heap.edge(resource, "property", "<symbol kResourceStore>", store);
        }
        heap
    }

    #[test]
    fn stores_that_increase_in_every_step_are_a_leak() {
        let finding = finding_of_growth(|count| heap(count, "object"), find);
        assert_eq!((finding.kind, finding.severity), (Kind::ASYNC_CONTEXT, Severity::Leak));
        assert_eq!(finding.culprit.constructor.as_deref(), Some("RequestStore"));
        assert_eq!(finding.evidence.counts, [10, 20, 40]);
        assert_eq!(finding.evidence.bytes, 40 * STORE_BYTES);
    }

    #[test]
    fn stores_of_a_constant_number_or_of_one_snapshot_are_not_found() {
        let many = heap(100, "object");
        assert_eq!(many.run_after(&[&many, &many], find, &[]), []);
        assert_eq!(many.run(find, &[]), []);
    }

    #[test]
    fn fillers_of_the_engine_are_no_stores() {
        let (first, second) = (heap(10, "hidden"), heap(20, "hidden"));
        assert_eq!(heap(40, "hidden").run_after(&[&first, &second], find, &[]), []);
    }

    #[test]
    fn an_instance_of_a_subclass_is_a_resource() {
        let mut heap = TestHeap::new();
        let class = |heap: &mut TestHeap, name: &str| {
            let constructor = heap.node("closure", name, 64);
            let prototype = heap.node("object", "Object", 24);
            heap.edge(prototype, "property", "constructor", constructor);
            prototype
        };
        let (base, derived) = (class(&mut heap, "AsyncResource"), class(&mut heap, "Task"));
        let other = class(&mut heap, "Other");
        heap.edge(derived, "property", "__proto__", base);
        let objects = [("Task", derived), ("Other", other)].map(|(name, prototype)| {
            let object = heap.node("object", name, 32);
            heap.edge(object, "property", "__proto__", prototype);
            object
        });
        heap.check(|heap| {
            let found = objects.map(|object| is_resource(heap, ix(object)));
            assert_eq!(found, [true, false]);
        });
    }
}
