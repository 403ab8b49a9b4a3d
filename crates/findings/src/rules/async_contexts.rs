//! What asynchronous work carries along: stores of `AsyncLocalStorage`, and the objects
//! that stand for the work itself, `AsyncResource` and what async hooks see.

use std::collections::{BTreeMap, HashMap, HashSet};

use heapsnapshot::{Error, NodeIx, NodeKind};

use super::contents::Contents;
use super::{Case, Objects, kind_of, signature};
use crate::finding::{Doc, Finding, Kind, Severity, Step};
use crate::growth::Series;
use crate::heap::{Collection, Heap};
use crate::message::{Message, Value, arg, messages};
use crate::route::{self, Route};
use crate::sample::sample;
use crate::words::Word;

impl Kind {
    /// What `AsyncLocalStorage` or an `AsyncResource` carries along.
    pub(crate) const ASYNC_CONTEXT: Self = Self("async-context");
}

/// What the rule finds.
pub(super) const DOCS: &[Doc] = &[Doc {
    kinds: &[Kind::ASYNC_CONTEXT],
    about: "stores of `AsyncLocalStorage` that are attached to work that never ends, and collections of `AsyncResource` objects or of objects that an async hook received",
}];

messages! {
    Title("async-context.title") { carrier }
    Carried("async-context.sentence") { count, storage, counts, stores, bytes, carrier }
    Texts("async-context.texts") {}
    Class("async-context.class") { class }
    Keeper("async-context.keeper") { storage, class }
    Fix("async-context.fix") { carrier }
    HookCause("async-hook.cause") { function }
    HookFix("async-hook.fix") { name }
    HookCauseNoDestroy("async-hook.cause.no-destroy") { function }
    HookFixNoDestroy("async-hook.fix.no-destroy") { name }
    Resources("async-resources.items") { class }
    ResourcesCause("async-resources.cause") {}
    ResourcesFix("async-resources.fix") { name }
}

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
    shown: Value,
) -> Option<Contents> {
    let (kind, count) = case.heap.collection(node)?;
    let items = case.heap.items(node, kind);
    // Hooks know resources by numbers, so a collection with other keys is none of theirs.
    let others = items.iter().filter(|&&item| case.heap.graph.kind(item) != NodeKind::NUMBER);
    let is_numbered = kind != Collection::Dictionary && others.count() as u64 <= count;
    let hook = is_numbered.then(|| hook(&case.heap, route, node)).flatten();
    if let Some((init, destroys)) = hook {
        let function = arg(route::function(&case.heap, &mut case.sources, init));
        let (why, fix): (Message, Message) = if destroys {
            (HookCause { function }.into(), HookFix { name: arg(name) }.into())
        } else {
            (HookCauseNoDestroy { function }.into(), HookFixNoDestroy { name: arg(name) }.into())
        };
        return Some(Contents { kind: Kind::ASYNC_CONTEXT, items: shown, behind: vec![why], fix });
    }
    let (mut count, mut looked) = (0, 0);
    for item in sample(&items, SAMPLE) {
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
    let owner = storage.name.as_deref().map(|name| storage.keeper_named(name));
    let severity = series.trend().severity();
    let evidence = series.evidence();
    let edge = owner.as_ref().map_or_else(String::new, |owner| format!(" {owner}"));
    let edge = format!("store of AsyncLocalStorage{edge}");
    let mut path = vec![Step {
        id: case.heap.id(carrier),
        edge: "work under way in Node".to_owned(),
        what: carrier_class.clone(),
    }];
    path.extend(case.extend(&Route::default(), &[(edge, store)]));
    let shown: Message =
        if class == "string" { Texts {}.into() } else { Class { class: arg(class) }.into() };
    Some(Finding {
        confidence: if severity == Severity::Leak { 0.8 } else { 0.5 },
        title: Title { carrier: arg(carrier_class) }.into(),
        sentence: Carried {
            count: arg(evidence.count),
            storage: owner.clone().and_then(arg),
            counts: series.told(),
            stores: arg(shown),
            bytes: arg(evidence.bytes),
            carrier: arg(carrier_class),
        }
        .into(),
        evidence,
        signature: signature(&[Kind::ASYNC_CONTEXT.word(), storage.file(), class, carrier_class]),
        culprit: storage.culprit(Some(class.clone())),
        path,
        fix: Fix { carrier: arg(carrier_class) }.into(),
        claims: stores.all.iter().copied().chain([carrier]).collect(),
        entries: stores.all.iter().copied().collect(),
        keeper: Some(Keeper { storage: owner.and_then(arg), class: arg(class) }.into()),
        ..Finding::new(Kind::ASYNC_CONTEXT, severity)
    })
}
