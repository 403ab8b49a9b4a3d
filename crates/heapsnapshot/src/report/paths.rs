//! Why is it alive: shortest ways from the roots to a node.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::Window;
use crate::analysis::Analysis;
use crate::ids::{EdgeIx, NodeIx};
use crate::text::TextBuf;

/// How much of the tree of retainers to follow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PathOptions {
    /// Edges between the node and the end of a path.
    pub max_depth: usize,
    /// Nodes in all paths together.
    pub max_nodes: usize,
    /// Retainers of one node, nearest to the roots first.
    pub max_siblings: usize,
}

impl Default for PathOptions {
    /// DevTools' limits.
    fn default() -> Self {
        Self { max_depth: 30, max_nodes: 5000, max_siblings: 100 }
    }
}

/// One step away from the node, with the steps that follow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PathStep {
    /// The edge that retains the node of the step before.
    pub edge: EdgeIx,
    /// Its name as DevTools shows it.
    pub name: TextBuf,
    /// The retainer.
    pub node: NodeIx,
    /// Its distance.
    pub distance: i32,
    /// Its own retainers; empty where the path reached a root.
    pub children: Vec<PathStep>,
}

/// A forest of paths to the roots.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Paths {
    /// The retainers of the node.
    pub paths: Vec<PathStep>,
    /// Some path was cut because it was too deep.
    pub depth_reached: bool,
    /// Some node was left out because there were too many.
    pub nodes_reached: bool,
    /// Some node had more retainers than are shown.
    pub siblings_reached: bool,
}

/// The distance at which a path has arrived.
const ROOT_DISTANCE: i32 = 2;

/// A node whose retainers are being followed.
struct Frame {
    node: NodeIx,
    retainers: std::vec::IntoIter<(EdgeIx, NodeIx, i32)>,
    /// The step that led here, to be completed with what is found.
    step: Option<PathStep>,
    found: Vec<PathStep>,
}

struct Search<'a> {
    analysis: &'a Analysis,
    options: PathOptions,
    entered: usize,
    open: HashSet<NodeIx>,
    /// The smallest depth at which a node was expanded.
    expanded: HashMap<NodeIx, usize>,
    paths: Paths,
}

impl Analysis {
    /// Returns ways from `node` back to the roots, nearest retainers first.
    ///
    /// # Semantics
    /// DevTools' retaining paths: depth first, along retainers that are not weak
    /// and reachable; branches that end nowhere are left out; a node expanded
    /// before is expanded again only nearer to the start.
    ///
    /// # Complexity
    /// O(nodes entered x their retainers).
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

    /// Returns `node`, its dominator, that one's dominator ... up to the root.
    ///
    /// # Complexity
    /// O(depth in the dominator tree).
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

    /// Returns the nodes that `node` dominates immediately, by retained size
    /// descending, then id, with their number.
    ///
    /// # Complexity
    /// O(N + k log k) time for k nodes shown.
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
                    // No sibling can be added either.
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

    /// Starts to expand `node`, unless a limit or its history forbids.
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
        // There can be millions, of which few are followed.
        let order = |&(edge, _, distance): &(EdgeIx, NodeIx, i32)| (distance, Reverse(edge));
        Window::first(self.options.max_siblings)
            .sort(&mut retainers, |a, b| order(a).cmp(&order(b)));
        Some(Frame { node, retainers: retainers.into_iter(), step, found: Vec::new() })
    }
}
