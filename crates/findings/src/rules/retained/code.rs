//! Finds the code behind a large owner.

use heapsnapshot::NodeIx;

use crate::behind;
use crate::finding::{Culprit, Severity};
use crate::heap::Heap;
use crate::label::{Mark, Role};
use crate::message::{Message, arg, messages};
use crate::place::Place;
use crate::retaining_path::{self, RetainingPath};
use crate::rules::Case;
use crate::rules::marks::Home;

messages! {
    LeadsTo("code.leads") { function }
}

/// The code behind the object at the end of a path: code that creates or fills it or, if Node holds
/// it, the function of the program that it leads to.
pub(super) struct Code {
    home: Home,
    pub(super) marks: Vec<Mark>,
    pub(super) place: Option<Place>,
    pub(super) function: Option<String>,
    /// A sentence on the code.
    pub(super) sentence: Option<Message>,
}

impl Code {
    /// Finds the code behind `objects`, which are at the end of `path`.
    pub(super) fn of(case: &mut Case<'_>, path: &RetainingPath, objects: &[NodeIx]) -> Self {
        let mut marks = case.mark_collection(path);
        let home = Home::of(&mut case.sources, &marks);
        let mut code = Self {
            place: home.place(),
            function: home.filler.clone(),
            sentence: home.sentence(),
            marks: Vec::new(),
            home,
        };
        if code.place.is_none()
            && (path.is_internal || path.place.is_none())
            && let Some(function) = behind::function(&case.heap, objects)
        {
            code.place = case.sources.place(&case.heap, function);
            code.function =
                Some(retaining_path::function_name(&case.heap, &mut case.sources, function));
            let who = retaining_path::function(&case.heap, &mut case.sources, function);
            code.sentence = Some(LeadsTo { function: arg(who) }.into());
            marks.extend(case.mark_function(function, Role::Keeper));
        }
        code.place = code.place.or_else(|| path.place.clone());
        code.marks = marks;
        code
    }

    /// Downgrades an object that Node holds without code of the program behind it: it is Node's
    /// own.
    pub(super) fn severity(
        &self,
        heap: &Heap<'_>,
        path: &RetainingPath,
        severity: Severity,
    ) -> Severity {
        let is_known = self.function.is_some() || self.home.place().is_some();
        if is_known || !path.is_internal || is_in_use(heap, path) {
            severity
        } else {
            Severity::Waste
        }
    }

    /// Returns the culprit that holds an object of `class`.
    pub(super) fn culprit(&self, path: &RetainingPath, class: String) -> Culprit {
        Culprit {
            location: self.place.clone(),
            function: self.function.clone(),
            ..path.culprit(Some(class))
        }
    }
}

/// Returns whether a running function or a native handle holds the object at the end of a path.
fn is_in_use(heap: &Heap<'_>, path: &RetainingPath) -> bool {
    const ROOTS: [&str; 3] = ["(Stack roots)", "(Handle scope)", "(Global handles)"];
    let top = path.links().last().map(|(top, _)| heap.graph.name(top));
    top.is_some_and(|name| ROOTS.iter().any(|root| name == *root))
}
