//! Retaining paths: why an object is alive.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::Window;
use crate::analysis::Analysis;
use crate::ids::{EdgeIx, NodeIx};
use crate::text::TextBuf;

/// Limits of [`Analysis::paths_to_roots`]. The defaults are those of DevTools.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PathOptions {
    /// Maximum number of edges of a path. Default: 30.
    pub max_depth: usize,
    /// Maximum number of nodes in all paths together. Default: 5,000.
    pub max_nodes: usize,
    /// Maximum number of retainers of one node, those nearest to the roots
    /// first. Default: 100.
    pub max_siblings: usize,
}

impl Default for PathOptions {
    /// Returns DevTools' limits.
    fn default() -> Self {
        Self { max_depth: 30, max_nodes: 5000, max_siblings: 100 }
    }
}

/// A retainer, and the paths from it to the roots.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PathStep {
    /// The edge from the retainer to the node of the previous step.
    pub edge: EdgeIx,
    /// Its name as DevTools shows it.
    pub name: TextBuf,
    /// The retainer.
    pub node: NodeIx,
    /// Its distance, see [`crate::Distance::raw`].
    pub distance: i32,
    /// Its own retainers. Empty if it is at a root.
    pub children: Vec<PathStep>,
}

/// The paths from a node to the roots, as a tree: paths with a common start
/// share its steps.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Paths {
    /// The retainers of the node.
    pub paths: Vec<PathStep>,
    /// Whether a path was cut off at [`PathOptions::max_depth`].
    pub depth_reached: bool,
    /// Whether nodes were left out because of [`PathOptions::max_nodes`].
    pub nodes_reached: bool,
    /// Whether retainers were left out because of
    /// [`PathOptions::max_siblings`].
    pub siblings_reached: bool,
}

/// The distance at which a path ends.
const ROOT_DISTANCE: i32 = 2;

/// A node whose retainers are being followed.
struct Frame {
    node: NodeIx,
    /// The retainers that are left, with edge and distance.
    retainers: std::vec::IntoIter<(EdgeIx, NodeIx, i32)>,
    /// The step that led to the node. Its children are `found` in the end.
    step: Option<PathStep>,
    /// The retainers that reach a root.
    found: Vec<PathStep>,
}

/// A depth-first search for paths.
struct Search<'a> {
    analysis: &'a Analysis,
    options: PathOptions,
    /// Number of nodes visited so far.
    entered: usize,
    /// Nodes on the current path.
    open: HashSet<NodeIx>,
    /// By node: the depth at which it was expanded last.
    expanded: HashMap<NodeIx, usize>,
    paths: Paths,
}

impl Analysis {
    /// Returns paths from `node` to the roots, the nearest retainers first.
    ///
    /// # Semantics
    /// As DevTools' retaining paths: a depth-first search along retainers that
    /// are reachable and not weak. It drops branches that do not reach a root.
    /// It expands a node again only at a smaller depth.
    ///
    /// # Complexity
    /// O(visited nodes × their retainers) time.
    ///
    /// # Examples
    /// ```
    /// use heapsnapshot::{Analysis, AnalysisOptions, Graph, PathOptions, ReadOptions};
    ///
    /// # let path = "../../test/fixtures/node20.heapsnapshot.zst";
    /// let graph = Graph::from_file(path, &ReadOptions::default())?;
    /// let analysis = Analysis::new(graph, &AnalysisOptions::default())?;
    /// let node = analysis.preorder().last().expect("a snapshot has nodes");
    /// let found = analysis.paths_to_roots(node, PathOptions { max_siblings: 3, ..PathOptions::default() });
    /// for step in &found.paths {
    ///     println!("{} of {}", step.name, analysis.display_name(step.node));
    /// }
    /// # Ok::<(), heapsnapshot::Error>(())
    /// ```
    #[must_use]
    pub fn paths_to_roots(&self, node: NodeIx, options: PathOptions) -> Paths {
        let mut search = Search {
            analysis: self,
            options,
            entered: 0,
            open: HashSet::new(),
            expanded: HashMap::new(),
            paths: Paths::default(),
        };
        search.paths.paths = search.run(node);
        search.paths
    }

    /// Returns `node`, its immediate dominator, and so on up to the root.
    ///
    /// # Complexity
    /// O(depth in the dominator tree) time.
    #[must_use]
    pub fn dominator_chain(&self, node: NodeIx) -> Vec<NodeIx> {
        let mut chain = vec![node];
        let mut at = node;
        loop {
            let next = self.dominator(at);
            if next == at {
                return chain;
            }
            chain.push(next);
            at = next;
        }
    }

    /// Returns the nodes whose immediate dominator is `node`, by retained size
    /// descending, then by id.
    ///
    /// # Complexity
    /// O(N + k log k) time for k nodes in the window.
    #[must_use]
    pub fn dominated(&self, node: NodeIx, window: Window) -> super::Nodes {
        let mut nodes: Vec<NodeIx> = self
            .graph
            .nodes()
            .filter(|&other| other != node && self.dominator(other) == node)
            .collect();
        let node_count = nodes.len();
        window.sort(&mut nodes, |&a, &b| {
            let retained = self.retained_size(b).cmp(&self.retained_size(a));
            retained.then(self.graph.id(a).cmp(&self.graph.id(b))).then(a.cmp(&b))
        });
        super::Nodes { nodes, node_count }
    }
}

impl Search<'_> {
    /// Returns the retainers of `start` that reach a root.
    fn run(&mut self, start: NodeIx) -> Vec<PathStep> {
        let Some(first) = self.enter(start, 0, None) else { return Vec::new() };
        let mut stack = vec![first];
        loop {
            let depth = stack.len();
            let Some(frame) = stack.last_mut() else { return Vec::new() };
            let next = frame.retainers.next();
            if let Some((edge, node, distance)) = next {
                let step = PathStep {
                    edge,
                    name: self.analysis.edge_label(edge),
                    node,
                    distance,
                    children: Vec::new(),
                };
                if distance == ROOT_DISTANCE {
                    self.entered += 1;
                    if self.entered <= self.options.max_nodes {
                        frame.found.push(step);
                        continue;
                    }
                    self.paths.nodes_reached = true;
                    // The limit also excludes all further siblings.
                    frame.retainers = Vec::new().into_iter();
                } else if let Some(inner) = self.enter(node, depth, Some(step)) {
                    stack.push(inner);
                }
                continue;
            }
            let Some(done) = stack.pop() else { return Vec::new() };
            self.open.remove(&done.node);
            self.expanded.insert(done.node, depth - 1);
            let Some(outer) = stack.last_mut() else { return done.found };
            if let Some(mut step) = done.step
                && !done.found.is_empty()
            {
                step.children = done.found;
                outer.found.push(step);
            }
        }
    }

    /// Starts to expand `node`. Returns `None` if a limit is reached, or if it
    /// was expanded before at the same or a smaller depth.
    fn enter(&mut self, node: NodeIx, depth: usize, step: Option<PathStep>) -> Option<Frame> {
        self.entered += 1;
        if self.entered > self.options.max_nodes {
            self.paths.nodes_reached = true;
            return None;
        }
        if depth >= self.options.max_depth {
            self.paths.depth_reached = true;
            return None;
        }
        if self.analysis.distance(node).raw() <= ROOT_DISTANCE
            || self.open.contains(&node)
            || self.expanded.get(&node).is_some_and(|&before| depth >= before)
        {
            return None;
        }
        self.open.insert(node);
        let remaining = i64::try_from(self.options.max_depth - depth).unwrap_or(i64::MAX);
        let mut retainers = Vec::new();
        for (edge, source) in self.analysis.reverse().of(node) {
            let distance = self.analysis.distance(source).raw();
            if self.analysis.graph.edge(edge).is_weak() || distance < 0 {
                continue;
            }
            if i64::from(distance - ROOT_DISTANCE) < remaining {
                retainers.push((edge, source, distance));
            } else {
                self.paths.depth_reached = true;
            }
        }
        if retainers.len() > self.options.max_siblings {
            self.paths.siblings_reached = true;
        }
        // There can be millions. Only the nearest ones are followed.
        let order = |&(edge, _, distance): &(EdgeIx, NodeIx, i32)| (distance, Reverse(edge));
        Window::first(self.options.max_siblings)
            .sort(&mut retainers, |a, b| order(a).cmp(&order(b)));
        Some(Frame { node, retainers: retainers.into_iter(), step, found: Vec::new() })
    }
}
