//! Detects maps, sets, arrays and dictionaries that only gain entries.
//!
//! # Evidence
//! A collection is followed by its id, or by the variable or property that holds it
//! ([`history`](super::history)). It is reported if
//! - its entries increase in every step, or
//! - its capacity nearly doubles without visible entries: they are small numbers, which are not
//!   nodes, or deleted entries.
//!
//! It is only a suspect if most entries of the first step are gone, or if it has a property that
//! limits it, such as `max`. A collection inside a reported one is skipped. With one snapshot, the
//! rule [`retained`](super::retained) reports large collections instead.
//!
//! # Example
//! ```js
//! const cache = new Map();
//! function load(key) {
//!   if (!cache.has(key)) cache.set(key, read(key)); // nothing is ever removed
//!   return cache.get(key);
//! }
//! ```

mod entries;

use heapsnapshot::{EdgeKind, Error, NodeIx, NodeKind};

#[cfg(test)]
pub(super) use self::entries::MESSAGES as ENTRIES_MESSAGES;
use self::entries::{Items, each, fresh, majority};
use super::contents::Contents;
use super::history::Histories;
use super::marks::Home;
use super::{Case, Leads, async_contexts, promises, signature, special};
use crate::behind;
use crate::finding::{Doc, Finding, Kind, Severity};
use crate::growth::{Series, Trend};
use crate::heap::{Collection, Heap};
use crate::message::{Message, Paragraph, Value, arg, messages};
use crate::place::Place;
use crate::retaining_path::{self, RetainingPath};
use crate::words::Word;

impl Kind {
    /// A map, set, array or dictionary that only gains entries.
    pub(crate) const GROWING_COLLECTION: Self = Self("growing-collection");
}

/// The rows of this rule in the table of kinds.
pub(super) const DOCS: &[Doc] = &[Doc {
    kinds: &[Kind::GROWING_COLLECTION],
    about: "a Map, Set, array or object used as a dictionary that only gains entries; 12 at least",
}];

messages! {
    Title("collection.title") { collection, name }
    HolesTitle("collection.title.holes") { collection, name }
    LargeTitle("collection.title.large") { collection, name }
    Grows("collection.grows") { collection, class, retainer, counts, count, items, bytes, each }
    Large("collection.large") { collection, class, retainer, count, items, bytes, each }
    Room("collection.room") { collection, class, retainer, bytes }
    Holes("collection.holes") { collection, class, retainer, bytes }
    Fix("collection.fix") { name }
}

/// Minimum number of entries for a finding.
const MIN_ENTRIES: u64 = 12;

/// Minimum capacity for a finding, if the snapshot does not show the entries.
const MIN_ROOM: u64 = 64;

/// Maximum number of collections of a snapshot to follow: those that retain most.
const MAX_COLLECTIONS: usize = 50_000;

/// Maximum number of growing collections to report.
const MAX_FINDINGS: usize = 64;

/// Returns the description of entries that no other rule knows.
fn plain(name: &str, items: Value) -> Contents {
    let fix = Fix { name: arg(name) }.into();
    Contents { kind: Kind::GROWING_COLLECTION, items, behind: Vec::new(), fix }
}

/// Returns the growing collections that no previous rule has explained, those with most bytes
/// first. None with a single snapshot.
pub(super) fn find(case: &mut Case<'_>, before: &[Finding]) -> Result<Vec<Finding>, Error> {
    // A single snapshot shows large owners only, which is the rule `retained`.
    if case.earlier.is_empty() {
        return Ok(Vec::new());
    }
    let heap = &case.heap;
    let mut found: Vec<(NodeIx, Collection, u64)> = heap
        .graph
        .nodes()
        .filter(|&node| heap.graph.kind(node) == NodeKind::OBJECT)
        .filter_map(|node| heap.collection(node).map(|(kind, count)| (node, kind, count)))
        .filter(|&(node, _, count)| count >= MIN_ENTRIES || heap.room(node) >= MIN_ROOM)
        .collect();
    if found.len() > MAX_COLLECTIONS {
        found.sort_by_key(|&(node, ..)| std::cmp::Reverse(heap.retained(node)));
        found.truncate(MAX_COLLECTIONS);
    }
    case.control.check()?;
    let histories = Histories::new(case, found.iter().map(|&(node, ..)| node));
    let mut growing = Vec::new();
    for (node, kind, count) in found {
        let Some(history) = histories.of(case, node) else { continue };
        let grown = Grown::judge(case, node, kind, count, &history);
        if let Some(grown) = grown.filter(|_| !Case::is_claimed(node, before)) {
            growing.push((node, kind, grown));
        }
    }
    growing.sort_by_key(|(node, _, grown)| {
        let bytes = grown.series.bytes.last().copied().unwrap_or_default();
        (std::cmp::Reverse(bytes), case.heap.id(*node))
    });
    let mut findings: Vec<Finding> = Vec::new();
    for (node, kind, grown) in growing.into_iter().take(MAX_FINDINGS) {
        case.control.check()?;
        // A list and its index hold the same objects. The first of them reports the growth.
        let path = RetainingPath::find(&case.heap, &mut case.sources, node);
        let is_inside = path.nodes(&case.heap).any(|other| {
            other != node && findings.iter().any(|known| known.subject == Some(other))
        });
        if is_inside {
            continue;
        }
        findings.extend(report(case, node, kind, &grown, &path));
    }
    Ok(findings)
}

/// A collection that grew.
struct Grown {
    series: Series,
    severity: Severity,
    /// The part that grew.
    part: Gain,
}

/// The part of a collection that grew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Gain {
    /// Entries that the snapshot shows.
    Entries,
    /// The capacity. The entries are small numbers, which are not nodes.
    Room,
    /// The capacity without more entries: it is taken by deleted entries.
    Holes,
}

impl Grown {
    /// Judges a collection by its predecessors in earlier snapshots; `None` where it did not exist.
    fn judge(
        case: &Case<'_>,
        node: NodeIx,
        kind: Collection,
        count: u64,
        history: &[Option<NodeIx>],
    ) -> Option<Self> {
        let then = || case.earlier.iter().zip(history);
        let counts = then().map(|(heap, &same)| {
            same.and_then(|node| heap.collection(node)).map_or(0, |(_, count)| count)
        });
        let retained = then().map(|(heap, &same)| same.map_or(0, |node| heap.retained(node)));
        let series = Series {
            counts: counts.chain([count]).collect(),
            bytes: retained.chain([case.heap.retained(node)]).collect(),
        };
        let trend = series.trend();
        if matches!(trend, Trend::Growing | Trend::Slowing) {
            let mut severity = trend.severity();
            if is_replaced(case, node, kind, &series) || bound(&case.heap, node).is_some() {
                severity = Severity::Suspect;
            }
            return Some(Self { series, severity, part: Gain::Entries });
        }
        let room = then().map(|(heap, &same)| same.map_or(0, |node| heap.room(node)));
        let room = Series {
            counts: room.chain([case.heap.room(node)]).collect(),
            bytes: series.bytes.clone(),
        };
        let is_growing = room.trend_of_room() == Trend::Growing;
        let part = if kind == Collection::Array && case.heap.has_empty_places(node) {
            Gain::Holes
        } else {
            Gain::Room
        };
        let is_unseen = match part {
            Gain::Holes => case.heap.room(node) >= 4 * count,
            Gain::Entries | Gain::Room => count == 0,
        };
        let series = Series { counts: Vec::new(), bytes: series.bytes };
        (is_growing && is_unseen).then_some(Self { series, severity: Severity::Leak, part })
    }
}

/// Returns whether most entries of the first step are gone: the collection becomes larger, but its
/// entries are replaced.
fn is_replaced(case: &Case<'_>, node: NodeIx, kind: Collection, series: &Series) -> bool {
    let Some(new) = case.new.as_ref().filter(|new| new.steps() > 1) else { return false };
    let items = case.heap.items(node, kind);
    // Strings do not count: they can be keys of a Map, or be in use elsewhere.
    let objects = items.iter().copied().filter(|&item| !case.heap.is_string(item));
    let arrivals = new.arrivals(&case.heap, objects);
    let grown = series.counts.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
    let total: u64 = arrivals.counts.iter().sum();
    total > 0
        && arrivals
            .counts
            .iter()
            .zip(grown)
            .take(new.steps() - 1)
            .any(|(&alive, grown)| alive * 2 < grown)
}

/// Returns the property that limits a collection, by its name: `max`, `limit`, `maxSize`. It is a
/// property of the collection, or of the object that holds it. Its value is a small number, which a
/// snapshot does not show.
pub(super) fn bound(heap: &Heap<'_>, node: NodeIx) -> Option<String> {
    const NAMES: &[&str] = &[
        "max",
        "maxsize",
        "maxentries",
        "maxitems",
        "maxkeys",
        "maxlength",
        "maxcount",
        "maxelements",
        "limit",
        "capacity",
        "sizelimit",
        "maxcachesize",
    ];
    let owners = heap.analysis.incoming(node).take(16).filter(|&(edge, source)| {
        heap.graph.edge_kind(edge) == EdgeKind::PROPERTY && !heap.is_engine(source)
    });
    let owners: Vec<NodeIx> = owners.map(|(_, owner)| owner).chain([node]).collect();
    // A private field has no name in a snapshot, but a getter of its class can have the name.
    let prototypes = owners.iter().filter_map(|&owner| heap.property(owner, Word::Proto));
    let prototypes: Vec<NodeIx> = prototypes.filter(|&at| heap.is_own_prototype(at)).collect();
    owners.into_iter().chain(prototypes).find_map(|owner| {
        heap.property_names(owner).into_iter().find(|name| {
            // The name of a symbol is `<symbol max>`.
            let name = name.strip_prefix("<symbol ").unwrap_or(name);
            let name = name.strip_prefix("get ").unwrap_or(name);
            let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
            NAMES.contains(&plain.to_lowercase().as_str())
        })
    })
}

/// Reports a collection that holds much of the heap of a single snapshot. Returns `None` if `node`
/// is not a collection, or if V8 created it.
pub(super) fn large(case: &mut Case<'_>, node: NodeIx, path: &RetainingPath) -> Option<Finding> {
    let (kind, count) = case.heap.collection(node).filter(|&(_, count)| count >= MIN_ENTRIES)?;
    let series = Series { counts: vec![count], bytes: vec![case.heap.retained(node)] };
    let grown = Grown { series, severity: Severity::Suspect, part: Gain::Entries };
    report(case, node, kind, &grown, path)
}

/// Makes the finding about a collection that grew. `None` for warm-up effects of V8.
fn report(
    case: &mut Case<'_>,
    node: NodeIx,
    kind: Collection,
    grown: &Grown,
    path: &RetainingPath,
) -> Option<Finding> {
    let items = case.heap.items(node, kind);
    let Items { kind: item_kind, shown, place_free, example: item } =
        majority(case, &items).unwrap_or_else(|| Items::numbers(node));
    // Compiled code and V8's tables grow for a while after the start.
    let is_engine =
        item != node && (case.heap.is_filler(item) || item_kind.starts_with("system / "));
    if is_engine && grown.part != Gain::Holes {
        return None;
    }
    let class = case.heap.class(node);
    let name = path.name.clone().unwrap_or_else(|| class.clone());
    let marks = case.mark_collection(path);
    let home = Home::of(&mut case.sources, &marks);
    let entries = fresh(case, &items);
    let evidence = grown.series.evidence();
    let more = if item == node { Vec::new() } else { vec![("entry".to_owned(), item)] };
    let steps = case.extend(path, &more);
    let contents = contents(case, path, &name, node, &items, (&item_kind, shown));
    let retainer = path.retainer(&class);
    let each = each(case, &items, &entries);
    let (behind, place) =
        if path.is_internal { behind(case, &entries, &items) } else { None }.unzip();
    let mut sentence = Paragraph::from(grown.sentence(case, node, &retainer, contents.items, each));
    sentence.extend(contents.behind);
    sentence.extend(home.sentence());
    sentence.extend(behind);
    let mut claims = case.claims(path, node);
    claims.extend(&items);
    let mut culprit = path.culprit(Some(item_kind.clone()));
    culprit.location = home.place().or(culprit.location);
    culprit.function.clone_from(&home.filler);
    if home.place().is_none() {
        culprit.location = place.flatten().or(culprit.location);
    }
    Some(Finding {
        confidence: match grown.severity {
            Severity::Leak if grown.part != Gain::Entries => 0.6,
            Severity::Leak if grown.series.counts.len() > 2 => 0.9,
            Severity::Leak => 0.7,
            _ => 0.4,
        },
        title: grown.title(kind, &name),
        is_filling: grown.severity == Severity::Suspect
            && grown.series.bytes.len() > 1
            && contents.kind == Kind::GROWING_COLLECTION,
        sentence,
        evidence,
        signature: signature(&[contents.kind.word(), path.file(), &name, &place_free]),
        culprit,
        path: steps,
        fix: contents.fix,
        claims,
        subject: Some(node),
        entries,
        retainer: Some(retainer),
        marks,
        ..Finding::new(contents.kind, grown.severity)
    })
}

impl Grown {
    fn title(&self, kind: Collection, name: &str) -> Message {
        let (collection, name) = (arg(kind.noun()), arg(name));
        match self.part {
            _ if self.series.bytes.len() < 2 => LargeTitle { collection, name }.into(),
            Gain::Holes => HolesTitle { collection, name }.into(),
            Gain::Entries | Gain::Room => Title { collection, name }.into(),
        }
    }

    /// Says how a collection grew and what it retains. `items`: the class of most entries.
    fn sentence(
        &self,
        case: &Case<'_>,
        node: NodeIx,
        retainer: &Message,
        items: Value,
        each: Option<Value>,
    ) -> Message {
        let class = case.heap.class(node);
        let noun = case.heap.collection(node).map_or("object", |(kind, _)| kind.noun());
        let is_plain = class == "Object" || class == "Array" || class == noun;
        let collection = arg(noun);
        let class = if is_plain { None } else { arg(class) };
        let retainer = arg(retainer.clone());
        let bytes = self.series.bytes.last().copied().and_then(arg);
        let count = self.series.counts.last().copied().and_then(arg);
        let room = arg(case.heap.room(node) * 8);
        let items = Some(items);
        match self.part {
            Gain::Entries if self.series.counts.len() < 2 => {
                Large { collection, class, retainer, count, items, bytes, each }.into()
            }
            Gain::Entries => {
                let counts = self.series.counts_value();
                Grows { collection, class, retainer, counts, count, items, bytes, each }.into()
            }
            Gain::Room => Room { collection, class, retainer, bytes: room }.into(),
            Gain::Holes => Holes { collection, class, retainer, bytes: room }.into(),
        }
    }
}

/// Describes a collection: the code that fills it, the class of its entries, and the fix.
fn contents(
    case: &mut Case<'_>,
    path: &RetainingPath,
    name: &str,
    node: NodeIx,
    items: &[NodeIx],
    (item_kind, shown): (&str, Value),
) -> Contents {
    special::contents(case, path, name, node)
        .or_else(|| promises::contents(case, name, items))
        .or_else(|| async_contexts::contents(case, path, name, node, item_kind, shown.clone()))
        .unwrap_or_else(|| plain(name, shown))
}

/// Returns a sentence on the function of the program behind most entries, and its location.
fn behind(
    case: &mut Case<'_>,
    entries: &[NodeIx],
    items: &[NodeIx],
) -> Option<(Message, Option<Place>)> {
    let from = if entries.is_empty() { items } else { entries };
    let function = behind::function(&case.heap, from)?;
    let who = retaining_path::function(&case.heap, &mut case.sources, function);
    let sentence = Leads { function: arg(who) }.into();
    Some((sentence, case.sources.place(&case.heap, function)))
}
