//! What is told of objects that several owners hold together.

use std::collections::BTreeMap;

use heapsnapshot::NodeIx;

use super::code::Code;
use super::report::{Told, UNKNOWN};
use super::shared::Group;
use crate::finding::{Finding, Kind};
use crate::heap::Heap;
use crate::prose;
use crate::route::Route;
use crate::rules::{Case, kind_of, signature};

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
    let keepers: Vec<String> =
        routes.iter().map(|(holder, route)| route.keeper(&case.heap.class(*holder))).collect();
    let is_held = !routes.is_empty();
    let names: Vec<String> = routes
        .iter()
        .map(|(holder, route)| {
            prose::code(&route.name.clone().unwrap_or_else(|| case.heap.class(*holder)))
        })
        .collect();
    let route = match routes.into_iter().next() {
        Some((_, route)) => route,
        None => Route::find(&case.heap, &mut case.sources, example),
    };
    let code = Code::of(case, &route, &group.members);
    let name = route.name.clone().unwrap_or_else(|| class.clone());
    let things = match class.as_str() {
        "string" => "strings".to_owned(),
        class => format!("objects of {}", prose::code(class)),
    };
    let (subject, together) = group_words(&things, count, &route, &name, &keepers);
    let kind = told.kind(Kind::RetainedGroup);
    let fix = if is_held {
        "Take an object out of all of them when it is done with: one that still refers to it keeps it alive.".to_owned()
    } else {
        format!("See whether all that {} holds is needed.", prose::code(&name))
    };
    let more = if is_held { vec![("entry".to_owned(), example)] } else { Vec::new() };
    Some(Finding {
        severity: code.severity(&case.heap, &route, told.severity),
        title: match names.as_slice() {
            [] => format!("{things} hold {} % of the heap", told.share),
            [one] => format!("{one} holds {} % of the heap", told.share),
            several => format!("{} hold {} % of the heap", prose::list(several), told.share),
        },
        sentence: format!(
            "{subject} keep {}.{}{together}{}{UNKNOWN}",
            told.keeps, told.outside, code.told
        ),
        signature: signature(&[kind.word(), route.file(), &name, &class]),
        culprit: code.culprit(&route, class.clone()),
        fix,
        path: case.extend(&route, &more),
        keeper: keepers.first().cloned().unwrap_or_default(),
        marks: code.marks,
        ..told.finding(kind, count)
    })
}

/// The subject of the sentence on a group, and a sentence on who holds it.
fn group_words(
    things: &str,
    count: u64,
    route: &Route,
    name: &str,
    keepers: &[String],
) -> (String, String) {
    let count = prose::integer(count);
    match keepers {
        [] => {
            let example = format!(" such as the one in {}{},", prose::code(name), route.told());
            (format!("{count} {things},{example} together"), String::new())
        }
        [one] => (format!("{count} {things}"), format!(" {one} refers to them, and not alone.")),
        several => (
            format!("{count} {things}"),
            format!(" All of these refer to them: {}.", prose::list(several)),
        ),
    }
}
