//! The code that owns what a snapshot holds.

use heapsnapshot::NodeIx;

use crate::behind;
use crate::finding::{Culprit, Severity};
use crate::heap::Heap;
use crate::label::{Mark, Role};
use crate::message::{Message, arg, messages};
use crate::place::Place;
use crate::route::{self, Route};
use crate::rules::Case;
use crate::rules::marks::Home;

messages! {
    LeadsTo("code.leads") { function }
}

/// Who owns what is at the end of a route: code that makes or fills it, or, where Node holds
/// it, the function of the program behind it.
pub(super) struct Code {
    home: Home,
    pub(super) marks: Vec<Mark>,
    pub(super) place: Option<Place>,
    pub(super) function: Option<String>,
    /// A sentence on it.
    pub(super) told: Option<Message>,
}

impl Code {
    pub(super) fn of(case: &mut Case<'_>, route: &Route, objects: &[NodeIx]) -> Self {
        let mut marks = case.mark_collection(route);
        let home = Home::of(&mut case.sources, &marks);
        let mut code = Self {
            place: home.place(),
            function: home.filler.clone(),
            told: home.told(),
            marks: Vec::new(),
            home,
        };
        if code.place.is_none()
            && (route.is_internal || route.place.is_none())
            && let Some(function) = behind::function(&case.heap, objects)
        {
            code.place = case.sources.place(&case.heap, function);
            code.function = Some(route::function_name(&case.heap, &mut case.sources, function));
            let who = route::function(&case.heap, &mut case.sources, function);
            code.told = Some(LeadsTo { function: arg(who) }.into());
            marks.extend(case.mark_function(function, Role::Keeper));
        }
        code.place = code.place.or_else(|| route.place.clone());
        code.marks = marks;
        code
    }

    /// What Node holds, and no code of the program is behind, is Node's own.
    pub(super) fn severity(&self, heap: &Heap<'_>, route: &Route, severity: Severity) -> Severity {
        let is_known = self.function.is_some() || self.home.place().is_some();
        if is_known || !route.is_internal || is_in_use(heap, route) {
            severity
        } else {
            Severity::Waste
        }
    }

    pub(super) fn culprit(&self, route: &Route, class: String) -> Culprit {
        Culprit {
            location: self.place.clone(),
            function: self.function.clone(),
            ..route.culprit(Some(class))
        }
    }
}

/// Whether a function that is running, or a native handle, holds what is at the end of a route.
fn is_in_use(heap: &Heap<'_>, route: &Route) -> bool {
    const ROOTS: [&str; 3] = ["(Stack roots)", "(Handle scope)", "(Global handles)"];
    let top = route.links().last().map(|(top, _)| heap.graph.name(top));
    top.is_some_and(|name| ROOTS.iter().any(|root| name == *root))
}
