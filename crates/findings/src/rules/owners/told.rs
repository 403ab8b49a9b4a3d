//! What is told of an owner that gains objects, by the shape of the growth.

use heapsnapshot::NodeIx;

use super::{Shape, Unit};
use crate::finding::{Kind, Place};
use crate::growth::Series;
use crate::prose;
use crate::route::{self, Route};
use crate::rules::Case;

/// The words of a finding.
pub(super) struct Told {
    pub(super) kind: Kind,
    pub(super) title: String,
    /// The owner by the name that a program would use.
    pub(super) name: String,
    pub(super) keeper: String,
    pub(super) class: String,
    pub(super) link: Option<String>,
    pub(super) function: Option<String>,
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
        let keeper = match &route.internals {
            Some(internals) => format!("{} in {internals}", prose::code(&name)),
            None => format!("{}{}", prose::code(&name), route.told()),
        };
        let who = function.map(|at| {
            let name = route::function(&case.heap, &mut case.sources, at);
            // A wrapper often has the name of what it replaces; who makes it tells more.
            let maker = route::enclosing(&case.heap, &mut case.sources, at)
                .filter(|_| matches!(shape, Shape::Wrapped(_)) && !name.contains(" in "));
            maker.map_or(name.clone(), |maker| format!("{name}, made in {},", prose::code(&maker)))
        });
        let function_name =
            function.map(|at| route::function_name(&case.heap, &mut case.sources, at));
        let place = function.and_then(|at| case.sources.place(&case.heap, at));
        let class = prose::code(&unit.class);
        let shown = prose::code(&name);
        let (kind, title, link) = match shape {
            Shape::Promises => (
                Kind::PromiseChain,
                format!("a chain of promises below {shown} becomes longer"),
                None,
            ),
            Shape::Wrapped(_) => {
                (Kind::WrappedFunctions, format!("{shown} is wrapped again and again"), None)
            }
            Shape::Chain(link) => (
                Kind::GrowingChain,
                format!("objects of {class} become ever more below {shown}"),
                Some(link.clone()),
            ),
            Shape::Loose => (
                Kind::GrowingObjects,
                format!("objects of {class} become ever more below {shown}"),
                None,
            ),
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

    pub(super) fn sentence(&self, series: &Series, bytes: u64, is_resource: bool) -> String {
        let class = prose::code(&self.class);
        let count = prose::integer(series.counts.last().copied().unwrap_or_default());
        let (series, keeper, bytes) = (series.told(), &self.keeper, prose::bytes(bytes));
        let resource = if is_resource { " (each an AsyncResource)" } else { "" };
        let behind = self
            .function
            .as_ref()
            .map_or_else(String::new, |who| format!(" Most of them lead to {who}."));
        match self.kind {
            Kind::PromiseChain => format!(
                "{count} new promises{series} below {keeper} keep {bytes} alive: each waits for the next, because an `async` function or a `then` returns the promise of its next round, and none of them settles.{behind}"
            ),
            Kind::WrappedFunctions => format!(
                "{count} new functions{series} below {keeper} keep {bytes} alive: {} wraps the function that was there before, which wraps the one before that, and so on.",
                self.function.as_deref().unwrap_or("a function")
            ),
            _ => match &self.link {
                Some(link) => format!(
                    "{count} new objects of {class}{resource}{series} below {keeper} keep {bytes} alive: each leads to the next by its property {}, so that all stay alive.",
                    prose::code(link)
                ),
                None => format!(
                    "{count} new objects of {class}{resource}{series} below {keeper} keep {bytes} alive: they come at a like rate and stay.{behind}"
                ),
            },
        }
    }

    pub(super) fn fix(&self) -> String {
        match (self.kind, &self.link) {
            (Kind::PromiseChain, _) => {
                "Use a loop with `await` in place of a function that returns its own next call, and settle the promise at the end of the chain.".to_owned()
            }
            (Kind::WrappedFunctions, _) => format!(
                "Wrap {} once: keep the original, and see whether it is wrapped already before it is wrapped again.",
                prose::code(&self.name)
            ),
            (_, Some(link)) => format!(
                "Cut the chain: set {} to `null` where older ones are not needed any more.",
                prose::code(link)
            ),
            (_, None) => format!(
                "Drop the reference through {} when {} is done with.",
                prose::code(&self.name),
                prose::article(&self.class)
            ),
        }
    }
}
