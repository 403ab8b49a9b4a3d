//! What is told of objects that several owners hold together.

use std::collections::BTreeMap;

use heapsnapshot::NodeIx;

use super::code::Code;
use super::shared::Group;
use super::told::{Fix as NeededFix, Told, paragraph};
use crate::finding::{Finding, Kind};
use crate::heap::Heap;
use crate::message::{Message, Value, arg, list, messages};
use crate::route::Route;
use crate::rules::{Case, Objects, kind_of, signature};

messages! {
    Title("retained-group.title") { things, share }
    TitleOne("retained-group.title.one") { name, share }
    TitleSeveral("retained-group.title.several") { names, share }
    Strings("retained-group.strings") {}
    Keep("retained-group.sentence") { count, things, bytes, share, classes }
    Alike("retained-group.alike") { count, things, name, place, bytes, share, classes }
    Holder("retained-group.holder") { keeper }
    Holders("retained-group.holders") { keepers }
    Fix("retained-group.fix") {}
}

/// Owners of one group that are named.
const MAX_HOLDERS: usize = 4;

/// Owners of one group that are looked at for those to name.
const MAX_ROUTES: usize = 16;

/// The class of most of `members`, by what they retain.
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

pub(super) fn report(case: &mut Case<'_>, told: &Told<'_>, group: &Group) -> Option<Finding> {
    let (class, count) = main_class(&case.heap, &group.members)?;
    let example = *group.members.iter().find(|&&node| kind_of(&case.heap, node) == class)?;
    let holders = group.holders.iter().take(MAX_ROUTES);
    let mut routes: Vec<(NodeIx, Route)> = holders
        .map(|&holder| (holder, Route::find(&case.heap, &mut case.sources, holder)))
        .collect();
    // Tables of Node say less than variables of the program. Names are the same in each run.
    routes.sort_by_key(|(_, route)| (route.is_internal, route.place.is_none(), route.name.clone()));
    routes.truncate(MAX_HOLDERS);
    let keepers: Vec<Message> =
        routes.iter().map(|(holder, route)| route.keeper(&case.heap.class(*holder))).collect();
    let is_held = !routes.is_empty();
    let names: Vec<String> = routes
        .iter()
        .map(|(holder, route)| route.name.clone().unwrap_or_else(|| case.heap.class(*holder)))
        .collect();
    let route = match routes.into_iter().next() {
        Some((_, route)) => route,
        None => Route::find(&case.heap, &mut case.sources, example),
    };
    let code = Code::of(case, &route, &group.members);
    let name = route.name.clone().unwrap_or_else(|| class.clone());
    let things: Value = match class.as_str() {
        "string" => Strings {}.into(),
        class => Objects { class: arg(class) }.into(),
    };
    let keeps = keeps(told, &things, count, &route, &name, is_held);
    let held = match keepers.as_slice() {
        [] => None,
        [one] => Some(Holder { keeper: arg(one.clone()) }.into()),
        several => Some(Holders { keepers: list(several.iter().cloned()) }.into()),
    };
    let after = told.outside.clone().into_iter().chain(held).chain(code.told.clone());
    let kind = told.kind(Kind::RETAINED_GROUP);
    let fix = if is_held { Fix {}.into() } else { NeededFix { name: arg(&name) }.into() };
    let more = if is_held { vec![("entry".to_owned(), example)] } else { Vec::new() };
    Some(Finding {
        severity: code.severity(&case.heap, &route, told.severity),
        title: match names.as_slice() {
            [] => Title { things: arg(things), share: told.share() }.into(),
            [one] => TitleOne { name: arg(one), share: told.share() }.into(),
            several => TitleSeveral { names: list(several), share: told.share() }.into(),
        },
        sentence: paragraph(keeps, after),
        signature: signature(&[kind.word(), route.file(), &name, &class]),
        culprit: code.culprit(&route, class.clone()),
        fix,
        path: case.extend(&route, &more),
        keeper: keepers.first().cloned(),
        marks: code.marks,
        ..told.finding(kind, count)
    })
}

/// The first sentence on a group.
fn keeps(
    told: &Told<'_>,
    things: &Value,
    count: u64,
    route: &Route,
    name: &str,
    is_held: bool,
) -> Message {
    let (count, things) = (arg(count), arg(things.clone()));
    let (bytes, share, classes) = (told.bytes(), told.share(), told.classes.clone());
    if is_held {
        Keep { count, things, bytes, share, classes }.into()
    } else {
        let (name, place) = (arg(name), route.told());
        Alike { count, things, name, place, bytes, share, classes }.into()
    }
}
