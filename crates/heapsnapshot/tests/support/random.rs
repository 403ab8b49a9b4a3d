//! Pseudo-random snapshots, the same in every run.

use super::builder::{EDGE_KINDS, NODE_KINDS, SnapshotBuilder};

/// xorshift64*: small, and good enough to vary tests.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from((self.next() >> 33) % end as u64).unwrap()
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

/// How many random graphs a test tries; raised in long runs.
pub(crate) fn cases(default: u64) -> u64 {
    std::env::var("HEAPSNAPSHOT_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

/// A graph with cycles, self loops, weak edges, shortcuts, orphans and ephemerons.
pub(crate) fn snapshot(seed: u64) -> SnapshotBuilder {
    let mut random = Random::new(seed);
    let nodes = 2 + random.below(60);
    let names = [
        "Object",
        "Object",
        "Array",
        "Foo",
        "system / Context",
        "system / NativeContext",
        "system / ExternalStringData",
        "(map descriptors)",
        "<div id=\"x\">",
        "Detached Foo",
        "",
        "é😀",
    ];
    let properties = ["a", "b", "c", "__proto__", "x,y", "elements", "map", "native_context", "7"];
    let mut builder = SnapshotBuilder::new();
    for id in 1..nodes {
        let kind = if random.one_in(3) { "object" } else { random.pick(&NODE_KINDS) };
        let name = match kind {
            "synthetic" => random.pick(&["(Document DOM trees)", "(GC roots)"]),
            _ => random.pick(&names),
        };
        let size = if random.one_in(3) { 0 } else { random.below(100) as u64 * 8 };
        let id = builder.node(kind, name, id as u64 * 2 + 1, size);
        if random.one_in(12) {
            builder.detachedness(id, 1 + random.below(2) as u64);
        }
    }
    let edges = random.below(nodes * 4);
    for _ in 0..edges {
        let from = if random.one_in(8) { 0 } else { random.below(nodes) };
        let near = from + 1 + random.below(4);
        let to = if random.one_in(2) { near.min(nodes - 1) } else { random.below(nodes) };
        let kind = if random.one_in(4) { "property" } else { random.pick(&EDGE_KINDS) };
        let name = random.pick(&properties);
        builder.edge(from, kind, name, to);
    }
    for entry in 0..random.below(4) {
        let (table, key, value) = (random.below(nodes), random.below(nodes), random.below(nodes));
        builder.ephemeron(table, key, value, entry);
    }
    builder
}
