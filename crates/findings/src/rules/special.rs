//! Describes collections of Node and of streams with a known meaning: the cause and the fix.
//!
//! # Examples
//! ```js
//! readable.on('data', (chunk) => slow.write(chunk)); // ignores that `write` returned false
//! await import(`./plugin.mjs?v=${Date.now()}`); // a new module for each URL
//! AbortSignal.any([shutdown, AbortSignal.timeout(1e9)]).addEventListener('abort', stop);
//! ```

use std::collections::BTreeMap;

use heapsnapshot::{EdgeKind, NodeIx};

use super::Case;
use super::contents::Contents;
use crate::finding::{Doc, Kind};
use crate::heap::{Collection, Heap};
use crate::message::{Message, arg, messages};
use crate::prose;
use crate::retaining_path::RetainingPath;
use crate::sample::sample;
use crate::words::Word;

impl Kind {
    /// A stream that is written to, but not drained.
    pub(crate) const UNDRAINED_STREAM: Self = Self("undrained-stream");
    /// Modules that are loaded repeatedly.
    pub(crate) const RELOADED_MODULES: Self = Self("reloaded-modules");
}

/// The rows of this rule in the table of kinds.
pub(super) const DOCS: &[Doc] = &[
    Doc {
        kinds: &[Kind::UNDRAINED_STREAM],
        about: "a stream that is written to and never drained, or filled and never read",
    },
    Doc {
        kinds: &[Kind::RELOADED_MODULES],
        about: "modules that are loaded again and again: by URLs that differ, or after `delete require.cache[...]`",
    },
];

messages! {
    Signals("composed-signals.items") {}
    SignalsCause("composed-signals.cause") {}
    SignalsSource("composed-signals.source") { source }
    SignalsFix("composed-signals.fix") {}
    Modules("reloaded-modules.items") { file }
    DataModules("reloaded-modules.items.data") {}
    EsmCause("reloaded-modules.esm") {}
    EsmFix("reloaded-modules.esm.fix") {}
    CommonJsCause("reloaded-modules.commonjs") { parent }
    CommonJsFix("reloaded-modules.commonjs.fix") { name }
    Written("undrained-stream.written") {}
    WrittenFix("undrained-stream.written.fix") {}
    Pushed("undrained-stream.pushed") {}
    PushedFix("undrained-stream.pushed.fix") {}
}

/// Describes a collection that this module knows.
pub(super) fn contents(
    case: &mut Case<'_>,
    path: &RetainingPath,
    name: &str,
    node: NodeIx,
) -> Option<Contents> {
    composed_signals(case, path, node)
        .or_else(|| modules(&case.heap, path, name, node))
        .or_else(|| stream(&case.heap, node))
}

/// Describes the signals that Node retains because they have listeners.
fn composed_signals(case: &mut Case<'_>, path: &RetainingPath, node: NodeIx) -> Option<Contents> {
    if !path.is_internal {
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
        let path = RetainingPath::find(&case.heap, &mut case.sources, source);
        SignalsSource { source: arg(path.retainer("AbortSignal")) }.into()
    });
    Some(Contents {
        kind: Kind::EVENT_LISTENERS,
        items: Signals {}.into(),
        behind: std::iter::once(SignalsCause {}.into()).chain(source).collect(),
        fix: SignalsFix {}.into(),
    })
}

/// Returns the signal that most of `signals` depend on.
fn common_source(heap: &Heap<'_>, signals: &[NodeIx]) -> Option<NodeIx> {
    const SAMPLE_SIZE: usize = 64;
    let mut sources: BTreeMap<NodeIx, usize> = BTreeMap::new();
    let few = sample(signals, SAMPLE_SIZE);
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

/// Describes modules that are loaded repeatedly: ESM by different URLs, `CommonJS` after `delete
/// require.cache[…]`.
fn modules(heap: &Heap<'_>, path: &RetainingPath, name: &str, node: NodeIx) -> Option<Contents> {
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
    let esm = path.is_internal;
    let is_data =
        |&item: &NodeIx| heap.is_string(item) && heap.graph.name(item).starts_with("data:");
    let file = |url| match url {
        Url::File(file) => Some(file),
        Url::Data => None,
    };
    let example = items.last().and_then(|&item| url(heap, item));
    let is_of_data = items.iter().any(is_data) || matches!(example, Some(Url::Data));
    Some(Contents {
        kind: Kind::RELOADED_MODULES,
        items: if is_of_data {
            DataModules {}.into()
        } else {
            Modules { file: example.and_then(file).and_then(arg) }.into()
        },
        behind: vec![if esm {
            EsmCause {}.into()
        } else {
            let parent = heap.analysis.incoming(node).take(16).find_map(|(_, parent)| {
                url(heap, parent).filter(|_| heap.class(parent) == "Module")
            });
            CommonJsCause { parent: parent.and_then(file).and_then(arg) }.into()
        }],
        fix: if esm { EsmFix {}.into() } else { CommonJsFix { name: arg(name) }.into() },
    })
}

/// The URL of a module.
enum Url {
    /// The name of a file.
    File(String),
    /// A `data:` URL.
    Data,
}

/// Returns the URL of a module, as far as it may be shown.
fn url(heap: &Heap<'_>, module: NodeIx) -> Option<Url> {
    let near = heap.graph.edges(module).take(16).map(|edge| heap.graph.target(edge));
    let mut modules = std::iter::once(module).chain(near);
    let url = modules.find_map(|node| {
        let url = heap.property(node, Word::Url).or_else(|| heap.property(node, Word::Filename))?;
        heap.is_string(url).then_some(url)
    })?;
    let url = heap.graph.name(url).to_string_lossy().into_owned();
    if url.starts_with("data:") {
        return Some(Url::Data);
    }
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
    prose::is_name(file).then(|| Url::File(file.to_owned()))
}

/// Describes chunks written to a stream that does not drain.
fn stream(heap: &Heap<'_>, node: NodeIx) -> Option<Contents> {
    let state = heap.analysis.incoming(node).take(16).find_map(|(edge, source)| {
        (heap.graph.edge_kind(edge) == EdgeKind::PROPERTY).then_some(source)
    })?;
    let class = heap.class(state);
    let (items, fix): (Message, Message) = match class.as_str() {
        "WritableState" => (Written {}.into(), WrittenFix {}.into()),
        "ReadableState" => (Pushed {}.into(), PushedFix {}.into()),
        _ => return None,
    };
    let (kind, items) = (Kind::UNDRAINED_STREAM, items.into());
    Some(Contents { kind, items, behind: Vec::new(), fix })
}
