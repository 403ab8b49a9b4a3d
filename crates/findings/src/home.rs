//! Where in the source a collection is made and where it is filled: the lines to change.

use heapsnapshot::{EdgeIx, EdgeKind, NodeIx};

use crate::finding::Place;
use crate::heap::{Heap, Origin};
use crate::prose;
use crate::route::{self, Route};
use crate::source::{Site, Sources, Target};
use crate::words::Word;

/// Properties of an object that are looked at for methods.
const MAX_PROPERTIES: usize = 64;

/// Where code makes a collection, and where it adds to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Home {
    pub(crate) made: Option<Place>,
    pub(crate) filled: Option<Place>,
    /// The function that adds, if it has a name.
    pub(crate) filler: Option<String>,
}

impl Home {
    /// Finds the code for what `route` leads to.
    pub(crate) fn find(heap: &Heap<'_>, sources: &mut Sources, route: &Route) -> Self {
        if let Some((script, name)) = route.export() {
            return Self::exported(sources, script, name);
        }
        let Some((source, edge)) = route.holder(heap) else { return Self::default() };
        let Some(name) = heap.edge_text(edge) else { return Self::default() };
        let mut found = Self::default();
        for closure in candidates(heap, source, edge, route) {
            let Some(origin) = heap.origin(closure).filter(|origin| !origin.is_internal()) else {
                continue;
            };
            let seen_from = (origin.line, origin.column);
            let targets = match heap.graph.edge_kind(edge) {
                EdgeKind::CONTEXT => {
                    vec![
                        Target::Variable { name: &name, seen_from },
                        Target::TopLevel { name: &name },
                    ]
                }
                _ => vec![Target::Property { name: &name }],
            };
            let class = heap.constructor(source).map(|class| heap.function_name(class));
            for target in targets {
                found.look(heap, sources, closure, &origin, target, class.as_deref());
            }
            if found.filled.is_some() {
                break;
            }
        }
        found
    }

    fn exported(sources: &mut Sources, script: &str, name: &str) -> Self {
        let mut found = Self::default();
        if let Some(text) = sources.script_named(script) {
            let target = Target::TopLevel { name };
            let (made, filled) = (text.scopes.made(target), text.scopes.filled(target));
            let place = |site: &Site| sources.place_at(script, &text, site.line, site.column);
            found.made = made.first().map(place);
            found.filled = filled.first().map(place);
            found.filler = filled.into_iter().next().and_then(|site| site.function);
        }
        found
    }

    fn look(
        &mut self,
        heap: &Heap<'_>,
        sources: &mut Sources,
        closure: NodeIx,
        origin: &Origin,
        target: Target<'_>,
        class: Option<&str>,
    ) {
        let Some(script) = sources.script(heap, closure, origin) else { return };
        let best = |sites: Vec<Site>| {
            let same = sites.iter().find(|site| class.is_some() && site.class.as_deref() == class);
            same.or(sites.first()).cloned()
        };
        let place = |site: &Site| sources.place_at(&origin.script, &script, site.line, site.column);
        if self.made.is_none() {
            self.made = best(script.scopes.made(target)).map(|site| place(&site));
        }
        if self.filled.is_none()
            && let Some(site) = best(script.scopes.filled(target))
        {
            self.filled = Some(place(&site));
            self.filler = site.function;
        }
    }

    /// The line to look at first: where it is filled, else where it is made.
    pub(crate) fn place(&self) -> Option<Place> {
        self.filled.clone().or_else(|| self.made.clone())
    }

    /// A sentence on where entries come from: ` Entries are added in `add` (app.js:3:7).`
    pub(crate) fn told(&self) -> String {
        match (&self.filled, &self.filler, &self.made) {
            (Some(place), Some(filler), _) => {
                format!(" Entries are added in {} ({place}).", prose::code(filler))
            }
            (Some(place), None, _) => format!(" Entries are added at {place}."),
            (None, _, Some(place)) => format!(" It is created at {place}."),
            (None, _, None) => String::new(),
        }
    }
}

/// Functions whose scripts may have the code that fills a collection, the likely first.
fn candidates(heap: &Heap<'_>, source: NodeIx, edge: EdgeIx, route: &Route) -> Vec<NodeIx> {
    let mut found = Vec::new();
    if heap.is_context(source) {
        found.extend(route::closure_of(heap, source));
    }
    if heap.is_closure(source) {
        found.push(source);
    }
    found.extend(heap.constructor(source));
    if heap.graph.edge_kind(edge) == EdgeKind::PROPERTY {
        let methods = heap.graph.edges(source).take(MAX_PROPERTIES);
        found.extend(
            methods
                .filter(|&edge| heap.graph.edge_kind(edge) == EdgeKind::PROPERTY)
                .filter(|&edge| !heap.is_named(edge, Word::Proto))
                .map(|edge| heap.graph.target(edge))
                .filter(|&target| heap.is_closure(target)),
        );
    }
    // The scope of the variable that the path begins with.
    found.extend(route.scopes(heap).filter_map(|context| route::closure_of(heap, context)));
    found
}
