//! Reference implementations: as short as possible, however slow, on the
//! builder's own lists instead of the crate's columns.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use super::builder::{Edge, SnapshotBuilder};

/// Everything that `starts` reach over `follow` edges, `starts` included.
pub(crate) fn reach(
    graph: &SnapshotBuilder,
    starts: impl IntoIterator<Item = usize>,
    follow: impl Fn(&Edge) -> bool,
) -> BTreeSet<usize> {
    let mut open: Vec<usize> = starts.into_iter().collect();
    let mut seen: BTreeSet<usize> = open.iter().copied().collect();
    while let Some(node) = open.pop() {
        for edge in graph.edges_of(node).filter(|edge| follow(edge)) {
            if seen.insert(edge.to) {
                open.push(edge.to);
            }
        }
    }
    seen
}

/// The table id and the shared part, if `name` is that of an ephemeron edge.
pub(crate) fn ephemeron(edge: &Edge) -> Option<(u64, &str)> {
    let part = edge.name.trim_start_matches(|c: char| c.is_ascii_digit());
    let table = part.strip_suffix(')')?.rsplit_once("(table @")?.1.parse().ok()?;
    (edge.kind == "internal" && part.len() < edge.name.len() && part.contains("part of key"))
        .then_some((table, part))
}

fn is_user_root(graph: &SnapshotBuilder, node: usize) -> bool {
    graph.nodes[node].kind != "synthetic" || graph.nodes[node].name == "(Document DOM trees)"
}

pub(crate) fn page(graph: &SnapshotBuilder) -> BTreeSet<usize> {
    let starts = graph.edges_of(0).filter(|edge| {
        let target = &graph.nodes[edge.to];
        let document = target.kind == "synthetic" && target.name == "(Document DOM trees)";
        edge.kind == "shortcut" || (edge.kind == "element" && document)
    });
    reach(graph, starts.map(|edge| edge.to), |edge| edge.kind != "weak")
}

pub(crate) fn queryable(graph: &SnapshotBuilder) -> BTreeSet<usize> {
    let starts = graph.edges_of(0).filter(|edge| graph.nodes[edge.to].kind != "synthetic");
    let skipped = ["hidden", "internal", "weak"];
    reach(graph, starts.map(|edge| edge.to), |edge| !skipped.contains(&edge.kind))
}

pub(crate) fn is_essential(graph: &SnapshotBuilder, page: &BTreeSet<usize>, edge: &Edge) -> bool {
    let from_table = ephemeron(edge).is_some_and(|(table, _)| table == graph.nodes[edge.from].id);
    let root = edge.from == 0;
    !from_table
        && edge.kind != "weak"
        && edge.from != edge.to
        && (root || edge.kind != "shortcut")
        && (root || page.contains(&edge.from) || !page.contains(&edge.to))
}

/// Immediate dominators: `d` dominates `v` if removing `d` disconnects `v`.
pub(crate) fn dominators(graph: &SnapshotBuilder) -> Vec<usize> {
    let n = graph.nodes.len();
    let page = page(graph);
    let essential = |edge: &Edge| is_essential(graph, &page, edge);
    let reached = reach(graph, [0], essential);
    let held: HashSet<usize> = graph.edges.iter().filter(|e| essential(e)).map(|e| e.to).collect();
    let mut starts = vec![0];
    starts.extend((0..n).filter(|node| !reached.contains(node) && !held.contains(node)));
    let reached = reach(graph, starts.iter().copied(), essential);
    // Sets of nodes that disappear with each node; small sets are near.
    let mut dominates: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); n];
    for &removed in &reached {
        let others = starts.iter().copied().filter(|&start| start != removed && removed != 0);
        let left = reach(graph, others, |edge| essential(edge) && edge.to != removed);
        dominates[removed] = reached.difference(&left).copied().collect();
    }
    (0..n)
        .map(|node| {
            (0..n)
                .filter(|&d| d != node && dominates[d].contains(&node))
                .min_by_key(|&d| dominates[d].len())
                .unwrap_or(0)
        })
        .collect()
}

/// Retained size: the node and all whose dominator chain has it.
pub(crate) fn retained(dominators: &[usize], shallow: &[u64]) -> Vec<u64> {
    let mut sums = vec![0; shallow.len()];
    for (node, size) in shallow.iter().enumerate() {
        let mut at = node;
        sums[at] += size;
        while at != 0 {
            at = dominators[at];
            sums[at] += size;
        }
    }
    sums
}

pub(crate) fn shallow(graph: &SnapshotBuilder) -> Vec<u64> {
    let sizes: Vec<u64> = graph.nodes.iter().map(|node| node.size).collect();
    if !graph.edges_of(0).any(|edge| is_user_root(graph, edge.to)) {
        return sizes;
    }
    let names = detached(graph).1;
    let helper = |node: usize| match graph.nodes[node].kind {
        "hidden" | "array" => true,
        "native" => names[node] == "system / ExternalStringData",
        _ => false,
    };
    let mut owners: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); sizes.len()];
    for owner in (0..sizes.len()).filter(|&node| !helper(node)) {
        let first = graph.edges_of(owner).filter(|e| e.kind != "weak" && helper(e.to));
        let first: Vec<usize> = first.map(|e| e.to).collect();
        for helped in reach(graph, first, |e| e.kind != "weak" && helper(e.to)) {
            owners[helped].insert(owner);
        }
    }
    let mut result = sizes.clone();
    for (node, owners) in owners.iter().enumerate() {
        let Some(&owner) = owners.first().filter(|_| owners.len() == 1) else { continue };
        if owner != 0 && graph.nodes[owner].kind != "synthetic" {
            result[owner] += sizes[node];
            result[node] = 0;
        }
    }
    result
}

pub(crate) fn distances(graph: &SnapshotBuilder) -> Vec<i32> {
    let mut distances: HashMap<usize, i32> = HashMap::new();
    let mut half_seen: HashSet<String> = HashSet::new();
    let names = detached(graph).1;
    let mut allowed = |edge: &Edge| {
        let (kind, name) = (graph.nodes[edge.from].kind, names[edge.from].as_str());
        if kind == "array" && name == "(map descriptors)" {
            let text =
                if matches!(edge.kind, "element" | "hidden") && edge.name.parse::<u32>().is_err() {
                    "0"
                } else {
                    edge.name.as_str()
                };
            let digits = text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let number = text[..text.len() - digits].parse::<i64>();
            return number.is_err() || number.is_ok_and(|i| i < 2 || i % 3 != 1);
        }
        match ephemeron(edge) {
            Some((_, part)) if !half_seen.remove(part) => {
                half_seen.insert(part.to_owned());
                false
            }
            _ => true,
        }
    };
    let starts: Vec<usize> =
        graph.edges_of(0).map(|e| e.to).filter(|&node| is_user_root(graph, node)).collect();
    let rounds = [(starts.clone(), 1), (vec![0], if starts.is_empty() { 0 } else { 100_000_000 })];
    for (starts, distance) in rounds {
        for &node in &starts {
            distances.insert(node, distance);
        }
        let mut queue = VecDeque::from(starts);
        while let Some(node) = queue.pop_front() {
            let next = distances[&node] + 1;
            for edge in graph.edges_of(node) {
                if edge.kind != "weak" && !distances.contains_key(&edge.to) && allowed(edge) {
                    distances.insert(edge.to, next);
                    queue.push_back(edge.to);
                }
            }
        }
    }
    (0..graph.nodes.len()).map(|node| distances.get(&node).copied().unwrap_or(-5)).collect()
}

/// DOM states and names after renaming.
pub(crate) fn detached(graph: &SnapshotBuilder) -> (Vec<u64>, Vec<String>) {
    let native = |node: usize| graph.nodes[node].kind == "native";
    let follow = |edge: &Edge| edge.kind != "hidden" && edge.kind != "weak";
    let seeds: BTreeSet<usize> =
        (0..graph.nodes.len()).filter(|&n| graph.nodes[n].detachedness != 0).collect();
    let mut states: Vec<u64> = graph.nodes.iter().map(|node| node.detachedness).collect();
    let mut seen = seeds.clone();
    for state in [1, 2] {
        let mut open: Vec<usize> =
            seeds.iter().copied().filter(|&n| native(n) && states[n] == state).collect();
        while let Some(node) = open.pop() {
            for edge in graph.edges_of(node).filter(|edge| follow(edge)) {
                if seen.insert(edge.to) && native(edge.to) {
                    states[edge.to] = state;
                    open.push(edge.to);
                }
            }
        }
    }
    let names = (0..graph.nodes.len())
        .map(|node| {
            let prefix = if native(node) && states[node] == 2 { "Detached " } else { "" };
            format!("{prefix}{}", graph.nodes[node].name)
        })
        .collect();
    (states, names)
}
