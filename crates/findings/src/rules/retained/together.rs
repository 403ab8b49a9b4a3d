//! Makes the finding about objects that several owners retain together.

use std::collections::BTreeMap;

use heapsnapshot::NodeIx;

use super::code::Code;
use super::common::{Common, Fix as NeededFix, paragraph};
use super::shared::Group;
use crate::finding::{Finding, Kind};
use crate::heap::Heap;
use crate::message::{Message, Value, arg, list, messages};
use crate::retaining_path::RetainingPath;
use crate::rules::{Case, Objects, kind_of, signature};

messages! {
    Title("retained-group.title") { things, share }
    TitleOne("retained-group.title.one") { name, share }
    TitleSeveral("retained-group.title.several") { names, share }
    Strings("retained-group.strings") {}
    Keep("retained-group.sentence") { count, things, bytes, share, classes }
    Alike("retained-group.alike") { count, things, name, place, bytes, share, classes }
    Holder("retained-group.holder") { retainer }
    Holders("retained-group.holders") { retainers }
    Fix("retained-group.fix") {}
}

/// Maximum number of owners of one group to name.
const MAX_HOLDERS: usize = 4;

/// Maximum number of owners of one group to examine for those to name.
const MAX_PATHS: usize = 16;

/// Returns the class of most of `members`, by retained bytes, and its bytes.
fn main_class(heap: &Heap<'_>, members: &[NodeIx]) -> Option<(String, u64)> {
    let mut classes: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for &node in members {
        let entry = classes.entry(kind_of(heap, node)).or_default();
        entry.0 += heap.retained(node);
        entry.1 += 1;
    }
    let (class, (_, count)) = classes.into_iter().max_by_key(|(_, (bytes, _))| *bytes)?;
    Some((class, count))
}

/// Makes the finding about objects that several owners retain together.
pub(super) fn report(case: &mut Case<'_>, common: &Common<'_>, group: &Group) -> Option<Finding> {
    let (class, count) = main_class(&case.heap, &group.members)?;
    let example = *group.members.iter().find(|&&node| kind_of(&case.heap, node) == class)?;
    let holders = group.holders.iter().take(MAX_PATHS);
    let mut paths: Vec<(NodeIx, RetainingPath)> = holders
        .map(|&holder| (holder, RetainingPath::find(&case.heap, &mut case.sources, holder)))
        .collect();
    // Variables of the program come before Node's tables. Names are the same in each run.
    paths.sort_by_key(|(_, path)| (path.is_internal, path.place.is_none(), path.name.clone()));
    paths.truncate(MAX_HOLDERS);
    let retainers: Vec<Message> =
        paths.iter().map(|(holder, path)| path.retainer(&case.heap.class(*holder))).collect();
    let is_held = !paths.is_empty();
    let names: Vec<String> = paths
        .iter()
        .map(|(holder, path)| path.name.clone().unwrap_or_else(|| case.heap.class(*holder)))
        .collect();
    let path = match paths.into_iter().next() {
        Some((_, path)) => path,
        None => RetainingPath::find(&case.heap, &mut case.sources, example),
    };
    let code = Code::of(case, &path, &group.members);
    let name = path.name.clone().unwrap_or_else(|| class.clone());
    let things: Value = match class.as_str() {
        "string" => Strings {}.into(),
        class => Objects { class: arg(class) }.into(),
    };
    let keeps = keeps(common, &things, count, &path, &name, is_held);
    let held = match retainers.as_slice() {
        [] => None,
        [one] => Some(Holder { retainer: arg(one.clone()) }.into()),
        several => Some(Holders { retainers: list(several.iter().cloned()) }.into()),
    };
    let after = common.outside.clone().into_iter().chain(held).chain(code.sentence.clone());
    let kind = common.kind(Kind::RETAINED_GROUP);
    let fix = if is_held { Fix {}.into() } else { NeededFix { name: arg(&name) }.into() };
    let more = if is_held { vec![("entry".to_owned(), example)] } else { Vec::new() };
    Some(Finding {
        severity: code.severity(&case.heap, &path, common.severity),
        title: match names.as_slice() {
            [] => Title { things: arg(things), share: common.share() }.into(),
            [one] => TitleOne { name: arg(one), share: common.share() }.into(),
            several => TitleSeveral { names: list(several), share: common.share() }.into(),
        },
        sentence: paragraph(keeps, after),
        signature: signature(&[kind.word(), path.file(), &name, &class]),
        culprit: code.culprit(&path, class.clone()),
        fix,
        path: case.extend(&path, &more),
        retainer: retainers.first().cloned(),
        marks: code.marks,
        ..common.finding(kind, count)
    })
}

/// Returns the first sentence on a group.
fn keeps(
    common: &Common<'_>,
    things: &Value,
    count: u64,
    path: &RetainingPath,
    name: &str,
    is_held: bool,
) -> Message {
    let (count, things) = (arg(count), arg(things.clone()));
    let (bytes, share, classes) = (common.bytes(), common.share(), common.classes.clone());
    if is_held {
        Keep { count, things, bytes, share, classes }.into()
    } else {
        let (name, place) = (arg(name), path.place_value());
        Alike { count, things, name, place, bytes, share, classes }.into()
    }
}
