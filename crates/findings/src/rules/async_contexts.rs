//! What asynchronous work carries along: stores of `AsyncLocalStorage`, and the objects
//! that stand for the work itself, `AsyncResource` and what async hooks see.

use std::collections::{BTreeMap, HashMap, HashSet};

use heapsnapshot::{Error, NodeIx, NodeKind};

use super::collections::Contents;
use super::{Case, kind_of, signature};
use crate::finding::{Finding, Kind, Severity, Step};
use crate::growth::Series;
use crate::heap::{Collection, Heap};
use crate::prose;
use crate::route::{self, Route};
use crate::sample::sample;
use crate::words::Word;

/// Stores that are worth a word.
const MANY: usize = 8;

/// Scopes around a function, and prototypes above an object, that are looked at.
const MOST_LEVELS: usize = 16;

/// Items of a collection that are looked at.
const SAMPLE: usize = 32;

/// Whether an object is an `AsyncResource`, or of a class that extends it.
pub(super) fn is_resource(heap: &Heap<'_>, node: NodeIx) -> bool {
    std::iter::successors(heap.property(node, Word::Proto), |&up| heap.property(up, Word::Proto))
        .take(MOST_LEVELS)
        .filter_map(|prototype| heap.property(prototype, Word::Constructor))
        .any(|class| heap.is_closure(class) && heap.graph.name(class) == "AsyncResource")
}

/// What a collection is about if asynchronous work fills it.
pub(super) fn contents(
    case: &mut Case<'_>,
    route: &Route,
    name: &str,
    node: NodeIx,
    item_kind: &str,
) -> Option<Contents> {
    let name = prose::code(name);
    let (kind, count) = case.heap.collection(node)?;
    let items = case.heap.items(node, kind);
    // Hooks know resources by numbers, so a collection with other keys is none of theirs.
    let others = items.iter().filter(|&&item| case.heap.graph.kind(item) != NodeKind::NUMBER);
    let is_numbered = kind != Collection::Dictionary && others.count() as u64 <= count;
    let hook = is_numbered.then(|| hook(&case.heap, route, node)).flatten();
    if let Some((init, destroys)) = hook {
        let init = route::function(&case.heap, &mut case.sources, init);
        let (why, fix) = if destroys {
            ("its `destroy` does not take them all out", "all that `init` puts in")
        } else {
            ("it has no `destroy` that takes them out", "what has ended")
        };
        return Some(Contents {
            kind: Kind::AsyncContext,
            what: item_kind.to_owned(),
            behind: format!(" An async hook fills it, {init}, and {why}."),
            fix: format!(
                "Take {fix} out of {name} in the `destroy` of the hook (and in `promiseResolve`), or note only the types that are needed."
            ),
        });
    }
    let (mut resources, mut looked) = (0, 0);
    for item in sample(&items, SAMPLE) {
        looked += 1;
        resources += usize::from(is_resource(&case.heap, item));
    }
    (resources * 2 > looked).then(|| Contents {
        kind: Kind::AsyncContext,
        what: if item_kind == "AsyncResource" {
            "objects of `AsyncResource`".to_owned()
        } else {
            format!("objects of {}, each an AsyncResource", prose::code(item_kind))
        },
        behind: " Each keeps what it was made in: the stores of AsyncLocalStorage of that moment."
            .to_owned(),
        fix: format!("Take a resource out of {name} when its work is done, also when it fails."),
    })
}

/// The `init` of an async hook that can see the collection, and whether the hook has a
/// `destroy`.
fn hook(heap: &Heap<'_>, route: &Route, collection: NodeIx) -> Option<(NodeIx, bool)> {
    let on_the_way: HashSet<NodeIx> = route.nodes(heap).chain([collection]).collect();
    heap.graph.nodes().filter(|&node| heap.graph.name(node) == "AsyncHook").find_map(|hook| {
        let init = heap.property(hook, Word::HookInit).filter(|&init| heap.is_closure(init))?;
        if heap.origin(init).is_none_or(|origin| origin.is_internal()) {
            return None;
        }
        let sees = heap
            .scopes(init)
            .take(MOST_LEVELS)
            .filter(|&scope| heap.is_context(scope))
            .flat_map(|scope| heap.variables(scope))
            .any(|(_, target)| on_the_way.contains(&target));
        let destroy = heap.property(hook, Word::HookDestroy);
        sees.then(|| (init, destroy.is_some_and(|destroy| heap.is_closure(destroy))))
    })
}

/// Stores of one kind that work of one kind carries along.
#[derive(Default)]
struct Stores {
    all: HashSet<NodeIx>,
    /// The newest, by id, and what carries it.
    example: Option<(u32, NodeIx, NodeIx)>,
    /// The `AsyncLocalStorage`, as far as V8 shows it.
    owner: Option<NodeIx>,
}

/// The `AsyncLocalStorage` objects of the application.
fn storages(heap: &Heap<'_>) -> Vec<NodeIx> {
    let is_storage = |&node: &NodeIx| {
        heap.graph.kind(node) == NodeKind::OBJECT
            && heap.graph.name(node) == "AsyncLocalStorage"
            && heap.property(node, Word::Constructor).is_none()
    };
    heap.graph.nodes().filter(is_storage).collect()
}

/// All stores that work under way carries along, by their kind and that of the work.
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
        // Node up to 22 hangs a store on each resource; later a map of all stores goes along.
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

pub(super) fn find(case: &mut Case<'_>, before: &[Finding]) -> Result<Vec<Finding>, Error> {
    if case.earlier.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = carried(&case.heap);
    found.retain(|_, stores| stores.all.len() >= MANY);
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

fn report(
    case: &mut Case<'_>,
    before: &[Finding],
    (class, carrier_class): &(String, String),
    stores: &Stores,
    series: &Series,
) -> Option<Finding> {
    let (_, store, carrier) = stores.example?;
    // Work that the application itself keeps is told as what keeps it.
    let route = Route::find(&case.heap, &mut case.sources, carrier);
    let is_kept = !route.is_internal && route.place.is_some();
    if is_kept || Case::is_claimed(carrier, before) || Case::is_claimed(store, before) {
        return None;
    }
    let storage = stores.owner.map(|node| Route::find(&case.heap, &mut case.sources, node));
    let storage = storage.filter(|route| route.place.is_some()).unwrap_or_default();
    let owner = storage
        .name
        .as_deref()
        .map_or_else(String::new, |name| format!(" {}{}", prose::code(name), storage.told()));
    let severity = series.trend().severity();
    let evidence = series.evidence();
    let mut path = vec![Step {
        id: case.heap.id(carrier),
        edge: "work under way in Node".to_owned(),
        what: carrier_class.clone(),
    }];
    path.extend(
        case.extend(&Route::default(), &[(format!("store of AsyncLocalStorage{owner}"), store)]),
    );
    let cargo = if class == "string" { "texts".to_owned() } else { prose::code(class) };
    Some(Finding {
        confidence: if severity == Severity::Leak { 0.8 } else { 0.5 },
        title: format!(
            "stores of AsyncLocalStorage hang on {} that never end",
            prose::code(carrier_class)
        ),
        sentence: format!(
            "{} stores of AsyncLocalStorage{owner}{}, {cargo}, keep {} alive: each is carried along by an object of {} that was made while it was set, and that has not ended.",
            prose::integer(evidence.count),
            series.told(),
            prose::bytes(evidence.bytes),
            prose::code(carrier_class),
        ),
        evidence,
        signature: signature(&[Kind::AsyncContext.word(), storage.file(), class, carrier_class]),
        culprit: storage.culprit(Some(class.clone())),
        path,
        fix: format!(
            "Close each {} when its work is done, or make it outside of the store: in `exit` of the AsyncLocalStorage, once for all requests.",
            prose::code(carrier_class)
        ),
        claims: stores.all.iter().copied().chain([carrier]).collect(),
        entries: stores.all.iter().copied().collect(),
        keeper: format!(
            "work that carries stores of AsyncLocalStorage{owner}, each {}",
            prose::article(class)
        ),
        ..Finding::new(Kind::AsyncContext, severity)
    })
}
