//! Writes the texts about an owner that gains objects, by the shape of the growth.

use heapsnapshot::NodeIx;

use super::{Shape, Unit};
use crate::finding::Kind;
use crate::growth::Series;
use crate::message::{Message, Paragraph, Value, arg, messages};
use crate::place::Place;
use crate::retaining_path::{self, RetainingPath};
use crate::rules::{Case, Leads};

messages! {
    PromisesTitle("promise-chain.title") { name }
    Promises("promise-chain.sentence") { count, counts, retainer, bytes }
    PromisesFix("promise-chain.fix") {}
    WrappedTitle("wrapped-functions.title") { name }
    Wrapped("wrapped-functions.sentence") { count, counts, retainer, bytes, function }
    Wrapper("wrapped-functions.wrapper") { function, creator }
    SomeFunction("wrapped-functions.some") {}
    WrappedFix("wrapped-functions.fix") { name }
    ObjectsTitle("growing-objects.title") { class, name }
    Objects("growing-objects.sentence") { count, class, resource, counts, retainer, bytes }
    Resource("growing-objects.resource") {}
    ObjectsFix("growing-objects.fix") { name, class }
    Chain("growing-chain.sentence") { count, class, resource, counts, retainer, bytes, property }
    ChainFix("growing-chain.fix") { property }
}

/// Returns whether the name of a class identifies a part of the program.
pub(super) fn is_telling(class: &str) -> bool {
    !matches!(class, "Object" | "Array" | "Function" | "Map" | "Set")
        && !class.starts_with("system / ")
}

/// The texts of a finding.
pub(super) struct Texts {
    /// The kind of the finding.
    pub(super) kind: Kind,
    /// One short line.
    pub(super) title: Message,
    /// The name of the owner in the program.
    pub(super) name: String,
    /// The owner, as a part of a sentence.
    pub(super) retainer: Message,
    /// The class of the objects.
    pub(super) class: String,
    /// The property that links the objects of a chain.
    pub(super) link: Option<String>,
    /// The function that leads to the leak site, as a part of a sentence.
    pub(super) function: Option<Value>,
    /// The name of that function.
    pub(super) function_name: Option<String>,
    /// The line to look at first.
    pub(super) place: Option<Place>,
}

impl Texts {
    /// Chooses kind, names and texts by the shape of the growth.
    pub(super) fn new(
        case: &mut Case<'_>,
        path: &RetainingPath,
        slot: Option<&str>,
        unit: &Unit,
        shape: &Shape,
        function: Option<NodeIx>,
    ) -> Self {
        let owner = path.name.clone().unwrap_or_else(|| unit.class.clone());
        let name = match slot {
            Some(slot) if path.variable.as_deref() != Some(slot) => format!("{owner}.{slot}"),
            _ => owner,
        };
        let retainer = path.retainer_named(&name);
        let who = function.map(|at| {
            let function = retaining_path::function(&case.heap, &mut case.sources, at);
            // A wrapper often has the name of the function that it replaces; its creator is more
            // specific.
            let creator = retaining_path::enclosing(&case.heap, &mut case.sources, at)
                .filter(|_| matches!(shape, Shape::Wrapped(_)) && function.around.is_none());
            match creator {
                Some(creator) => {
                    Wrapper { function: arg(function), creator: retaining_path::named(&creator) }
                        .into()
                }
                None => function.into(),
            }
        });
        let function_name =
            function.map(|at| retaining_path::function_name(&case.heap, &mut case.sources, at));
        let place = function.and_then(|at| case.sources.place(&case.heap, at));
        let shown = retaining_path::named(&name);
        let (kind, title, link): (_, Message, _) = match shape {
            Shape::Promises => (Kind::PROMISE_CHAIN, PromisesTitle { name: shown }.into(), None),
            Shape::Wrapped(_) => {
                (Kind::WRAPPED_FUNCTIONS, WrappedTitle { name: shown }.into(), None)
            }
            Shape::Chain(link) => {
                let title = ObjectsTitle { class: arg(&unit.class), name: shown };
                (Kind::GROWING_CHAIN, title.into(), Some(link.clone()))
            }
            Shape::Loose => {
                let title = ObjectsTitle { class: arg(&unit.class), name: shown };
                (Kind::GROWING_OBJECTS, title.into(), None)
            }
        };
        Self {
            kind,
            title,
            name,
            retainer,
            class: unit.class.clone(),
            link,
            function: who,
            function_name,
            place,
        }
    }

    /// Returns the paragraph of the finding. `is_resource`: the objects are instances of
    /// `AsyncResource`.
    pub(super) fn sentence(&self, series: &Series, bytes: u64, is_resource: bool) -> Paragraph {
        let count = series.counts.last().copied().and_then(arg);
        let (counts, retainer, bytes) =
            (series.counts_value(), arg(self.retainer.clone()), arg(bytes));
        let class = arg(&self.class);
        let resource = if is_resource { arg(Resource {}) } else { None };
        let first: Message = match (self.kind, &self.link) {
            (Kind::PROMISE_CHAIN, _) => Promises { count, counts, retainer, bytes }.into(),
            (Kind::WRAPPED_FUNCTIONS, _) => {
                let function = self.function.clone().or_else(|| arg(SomeFunction {}));
                Wrapped { count, counts, retainer, bytes, function }.into()
            }
            (_, Some(link)) => {
                let property = arg(link);
                Chain { count, class, resource, counts, retainer, bytes, property }.into()
            }
            (_, None) => Objects { count, class, resource, counts, retainer, bytes }.into(),
        };
        let mut sentence = Paragraph::from(first);
        if matches!(self.kind, Kind::PROMISE_CHAIN | Kind::GROWING_OBJECTS) {
            sentence.extend(
                self.function.clone().map(|function| Leads { function: Some(function) }.into()),
            );
        }
        sentence
    }

    /// Returns how to fix the leak.
    pub(super) fn fix(&self) -> Message {
        let name = retaining_path::named(&self.name);
        match (self.kind, &self.link) {
            (Kind::PROMISE_CHAIN, _) => PromisesFix {}.into(),
            (Kind::WRAPPED_FUNCTIONS, _) => WrappedFix { name }.into(),
            (_, Some(link)) => ChainFix { property: arg(link) }.into(),
            (_, None) => ObjectsFix { name, class: arg(&self.class) }.into(),
        }
    }
}
