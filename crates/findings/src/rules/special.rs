//! Collections of Node and of streams whose meaning is known: what fills them, and how to
//! stop it.

use std::collections::BTreeMap;

use heapsnapshot::{EdgeKind, NodeIx};

use super::Case;
use super::collections::Contents;
use crate::finding::Kind;
use crate::heap::{Collection, Heap};
use crate::prose;
use crate::route::Route;
use crate::sample::sample;
use crate::words::Word;

/// What a collection is about if it is one that this module knows.
pub(super) fn contents(
    case: &mut Case<'_>,
    route: &Route,
    name: &str,
    node: NodeIx,
) -> Option<Contents> {
    composed_signals(case, route, node)
        .or_else(|| modules(&case.heap, route, name, node))
        .or_else(|| stream(&case.heap, node))
}

/// Signals that Node keeps because they have listeners.
fn composed_signals(case: &mut Case<'_>, route: &Route, node: NodeIx) -> Option<Contents> {
    if !route.is_internal {
        return None;
    }
    let heap = &case.heap;
    let (kind, count) = heap.collection(node)?;
    let mut signals = heap.items(node, kind);
    signals.retain(|&item| heap.is_signal(item));
    if signals.len() as u64 * 2 <= count {
        return None;
    }
    let source = common_source(heap, &signals).map(|source| {
        let route = Route::find(&case.heap, &mut case.sources, source);
        format!(" Most of them are composed of {}.", route.keeper("AbortSignal"))
    });
    Some(Contents {
        kind: Kind::EventListeners,
        what: "composed AbortSignals with listeners".to_owned(),
        behind: format!(
            " Node keeps a signal of `AbortSignal.any` or `AbortSignal.timeout` that has listeners until one of its sources aborts or its listeners are removed.{}",
            source.unwrap_or_default()
        ),
        fix: "Remove the listener with `removeEventListener` when the work is done, or add it to the source with the option `once` or `signal`; abort the controller of the operation in the end.".to_owned(),
    })
}

/// The signal that most of `signals` are composed of.
fn common_source(heap: &Heap<'_>, signals: &[NodeIx]) -> Option<NodeIx> {
    const SAMPLE: usize = 64;
    let mut sources: BTreeMap<NodeIx, usize> = BTreeMap::new();
    let few = sample(signals, SAMPLE);
    for set in few.clone().filter_map(|signal| heap.property(signal, Word::SourceSignals)) {
        // Weak references to the sources.
        for reference in heap.items(set, Collection::Set) {
            let targets = heap.graph.edges(reference).map(|edge| heap.graph.target(edge));
            if let Some(source) = targets.into_iter().find(|&target| heap.is_signal(target)) {
                *sources.entry(source).or_insert(0) += 1;
            }
        }
    }
    let (source, count) = sources.into_iter().max_by_key(|&(_, count)| count)?;
    (count * 2 > few.count()).then_some(source)
}

/// Modules that are loaded again and again: ESM by URLs that differ, `CommonJS` anew after
/// `delete require.cache[…]`.
fn modules(heap: &Heap<'_>, route: &Route, name: &str, node: NodeIx) -> Option<Contents> {
    let is_module =
        |item: NodeIx| matches!(heap.class(item).as_str(), "Module" | "ModuleJob" | "ModuleWrap");
    let (kind, count) = heap.collection(node)?;
    let items = heap.items(node, kind);
    let modules = items.iter().filter(|&&item| {
        is_module(item)
            || heap.graph.edges(item).take(8).any(|edge| {
                heap.graph.edge_kind(edge) == EdgeKind::PROPERTY
                    && is_module(heap.graph.target(edge))
            })
    });
    let modules = modules.count() as u64;
    if modules == 0 || modules * 2 < count {
        return None;
    }
    let esm = route.is_internal;
    let is_data =
        |&item: &NodeIx| heap.is_string(item) && heap.graph.name(item).starts_with("data:");
    let example = match items.last() {
        _ if items.iter().any(is_data) => " of `data:` URLs".to_owned(),
        last => last.and_then(|&item| url(heap, item)).unwrap_or_default(),
    };
    Some(Contents {
        kind: Kind::ReloadedModules,
        what: format!("modules{example}"),
        behind: if esm {
            " Each URL is a module of its own, and Node never unloads one: a query string that differs each time loads it anew.".to_owned()
        } else {
            let parent = heap.analysis.incoming(node).take(16).find_map(|(_, parent)| {
                url(heap, parent).filter(|_| heap.class(parent) == "Module")
            });
            let parent = parent.map_or_else(String::new, |file| {
                format!(", {}", file.trim_start_matches(" such as "))
            });
            format!(
                " Each load adds a module: deleting it from `require.cache` does not take it out of the `children` of the module that loaded it{parent}."
            )
        },
        fix: if esm {
            "Import a module by one URL, and give it new data by a function call; load what changes with `fs` or in a worker thread.".to_owned()
        } else {
            format!(
                "Load the module once. Where it must be loaded anew, take the old one out of {} as well, or load it in a worker thread.",
                prose::code(name)
            )
        },
    })
}

/// A part of a sentence on which file a module is of: ` such as theme.mjs`.
fn url(heap: &Heap<'_>, module: NodeIx) -> Option<String> {
    let near = heap.graph.edges(module).take(16).map(|edge| heap.graph.target(edge));
    let mut modules = std::iter::once(module).chain(near);
    let url = modules.find_map(|node| {
        let url = heap.property(node, Word::Url).or_else(|| heap.property(node, Word::Filename))?;
        heap.is_string(url).then_some(url)
    })?;
    let url = heap.graph.name(url).to_string_lossy().into_owned();
    if url.starts_with("data:") {
        return Some(" of `data:` URLs".to_owned());
    }
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
    prose::is_name(file).then(|| format!(" such as {}", prose::code(file)))
}

/// What was written to a stream that does not get rid of it.
fn stream(heap: &Heap<'_>, node: NodeIx) -> Option<Contents> {
    let state = heap.analysis.incoming(node).take(16).find_map(|(edge, source)| {
        (heap.graph.edge_kind(edge) == EdgeKind::PROPERTY).then_some(source)
    })?;
    let class = heap.class(state);
    let (what, fix) = match class.as_str() {
        "WritableState" => (
            "chunks that were written and are still waiting",
            "Wait for `drain` when `write` returns false, or use `pipeline`; see why the stream does not take what it is given (a `write` that never calls back, a side that nobody reads), and destroy it when its owner is gone.",
        ),
        "ReadableState" => (
            "chunks that were pushed and are never read",
            "Read the stream (`resume`, `pipe`, `for await`) or destroy it, and stop pushing when `push` returns false.",
        ),
        _ => return None,
    };
    Some(Contents {
        kind: Kind::UndrainedStream,
        what: what.to_owned(),
        behind: String::new(),
        fix: fix.to_owned(),
    })
}
