//! What is told of an owner that gains objects, by the shape of the growth.

use heapsnapshot::NodeIx;

use super::{Shape, Unit};
use crate::finding::Kind;
use crate::growth::Series;
use crate::message::{Message, Paragraph, Value, arg, messages};
use crate::place::Place;
use crate::route::{self, Route};
use crate::rules::{Case, Leads};

messages! {
    PromisesTitle("promise-chain.title") { name }
    Promises("promise-chain.sentence") { count, counts, keeper, bytes }
    PromisesFix("promise-chain.fix") {}
    WrappedTitle("wrapped-functions.title") { name }
    Wrapped("wrapped-functions.sentence") { count, counts, keeper, bytes, function }
    Wrapper("wrapped-functions.wrapper") { function, maker }
    SomeFunction("wrapped-functions.some") {}
    WrappedFix("wrapped-functions.fix") { name }
    ObjectsTitle("growing-objects.title") { class, name }
    Objects("growing-objects.sentence") { count, class, resource, counts, keeper, bytes }
    Resource("growing-objects.resource") {}
    ObjectsFix("growing-objects.fix") { name, class }
    Chain("growing-chain.sentence") { count, class, resource, counts, keeper, bytes, property }
    ChainFix("growing-chain.fix") { property }
}

/// The words of a finding.
pub(super) struct Told {
    pub(super) kind: Kind,
    pub(super) title: Message,
    /// The owner by the name that a program would use.
    pub(super) name: String,
    pub(super) keeper: Message,
    pub(super) class: String,
    pub(super) link: Option<String>,
    pub(super) function: Option<Value>,
    pub(super) function_name: Option<String>,
    pub(super) place: Option<Place>,
}

impl Told {
    pub(super) fn new(
        case: &mut Case<'_>,
        route: &Route,
        slot: Option<&str>,
        unit: &Unit,
        shape: &Shape,
        function: Option<NodeIx>,
    ) -> Self {
        let owner = route.name.clone().unwrap_or_else(|| unit.class.clone());
        let name = match slot {
            Some(slot) if route.variable.as_deref() != Some(slot) => format!("{owner}.{slot}"),
            _ => owner,
        };
        let keeper = route.keeper_named(&name);
        let who = function.map(|at| {
            let function = route::function(&case.heap, &mut case.sources, at);
            // A wrapper often has the name of what it replaces; who makes it tells more.
            let maker = route::enclosing(&case.heap, &mut case.sources, at)
                .filter(|_| matches!(shape, Shape::Wrapped(_)) && function.around.is_none());
            match maker {
                Some(maker) => {
                    Wrapper { function: arg(function), maker: route::named(&maker) }.into()
                }
                None => function.into(),
            }
        });
        let function_name =
            function.map(|at| route::function_name(&case.heap, &mut case.sources, at));
        let place = function.and_then(|at| case.sources.place(&case.heap, at));
        let shown = route::named(&name);
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
            keeper,
            class: unit.class.clone(),
            link,
            function: who,
            function_name,
            place,
        }
    }

    pub(super) fn sentence(&self, series: &Series, bytes: u64, is_resource: bool) -> Paragraph {
        let count = series.counts.last().copied().and_then(arg);
        let (counts, keeper, bytes) = (series.told(), arg(self.keeper.clone()), arg(bytes));
        let class = arg(&self.class);
        let resource = if is_resource { arg(Resource {}) } else { None };
        let first: Message = match (self.kind, &self.link) {
            (Kind::PROMISE_CHAIN, _) => Promises { count, counts, keeper, bytes }.into(),
            (Kind::WRAPPED_FUNCTIONS, _) => {
                let function = self.function.clone().or_else(|| arg(SomeFunction {}));
                Wrapped { count, counts, keeper, bytes, function }.into()
            }
            (_, Some(link)) => {
                let property = arg(link);
                Chain { count, class, resource, counts, keeper, bytes, property }.into()
            }
            (_, None) => Objects { count, class, resource, counts, keeper, bytes }.into(),
        };
        let mut sentence = Paragraph::from(first);
        if matches!(self.kind, Kind::PROMISE_CHAIN | Kind::GROWING_OBJECTS) {
            sentence.extend(
                self.function.clone().map(|function| Leads { function: Some(function) }.into()),
            );
        }
        sentence
    }

    pub(super) fn fix(&self) -> Message {
        let name = route::named(&self.name);
        match (self.kind, &self.link) {
            (Kind::PROMISE_CHAIN, _) => PromisesFix {}.into(),
            (Kind::WRAPPED_FUNCTIONS, _) => WrappedFix { name }.into(),
            (_, Some(link)) => ChainFix { property: arg(link) }.into(),
            (_, None) => ObjectsFix { name, class: arg(&self.class) }.into(),
        }
    }
}
