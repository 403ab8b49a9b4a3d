//! Inferred interfaces: names such as `{id, name}` for plain objects.
//!
//! Plain objects have no constructor of their own. DevTools groups them by the
//! properties that many of them have in common; it calls such a set of
//! properties an interface.
//!
//! Inputs: kinds, names, property edges. Outputs: [`Definition`]s, and the
//! definition that each plain object matches.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::control::Control;
use crate::error::Error;
use crate::graph::{EdgeKind, Graph, NodeKind};
use crate::ids::{DefinitionIx, Idx, NodeIx, ShapeIx, StrIx, to_u32};
use crate::index_vec::IndexVec;
use crate::pass::names::format_property;
use crate::text::{Text, TextBuf};

/// Length of a name in UTF-16 units up to which another property is added.
const MAX_NAME: usize = 120;

/// Minimum number of objects of an interface.
const MIN_COUNT: u64 = 2;

/// An interface has at least one in this many of all plain objects.
const MIN_SHARE: u64 = 1000;

/// Stands for a property that no definition has.
const NONE: u32 = u32::MAX;

/// An interface: properties that many plain objects have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Definition {
    /// The properties in braces, separated by commas. At most about 120 UTF-16
    /// units long, unless the first property alone is longer.
    pub name: TextBuf,
    /// The properties in `name`, in the order of the first object that had
    /// them.
    pub properties: Vec<TextBuf>,
    /// Number of plain objects that named the interface. More objects can match
    /// it: objects with additional properties, or with the same ones in another
    /// order.
    pub count: u64,
}

/// The plain objects of a graph, grouped by their list of properties.
///
/// Objects that the same code creates have the same list. The steps below
/// therefore work on a few thousand lists instead of millions of objects.
#[derive(Debug)]
pub(crate) struct Shapes {
    /// Plain objects in file order, with their shape.
    objects: Vec<(NodeIx, ShapeIx)>,
    /// By shape: the end of its part of `properties`.
    ends: IndexVec<ShapeIx, u32>,
    /// Names of the property edges of all shapes, each in the order of the
    /// file.
    properties: Vec<StrIx>,
    /// By shape: the number of its objects.
    counts: IndexVec<ShapeIx, u64>,
}

impl Shapes {
    /// Groups the plain objects: nodes of kind `object` named `Object`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Cancelled`].
    ///
    /// # Complexity
    /// O(edges of plain objects) time. Needs 8 bytes per plain object, and 4
    /// per property of each distinct list.
    pub(crate) fn compute(graph: &Graph, control: &Control) -> Result<Self, Error> {
        let object_names = graph.find_strings("Object");
        let mut shapes = Self {
            objects: Vec::new(),
            ends: IndexVec::default(),
            properties: Vec::new(),
            counts: IndexVec::default(),
        };
        // By hash of a list: the latest shape with it. `same_hash` links to earlier
        // ones with the same hash.
        let mut by_hash: HashMap<u64, ShapeIx> = HashMap::new();
        let mut same_hash: IndexVec<ShapeIx, ShapeIx> = IndexVec::default();
        let mut ticker = control.ticker();
        for node in graph.nodes() {
            ticker.tick()?;
            if !graph.is_kind(node, NodeKind::OBJECT) || !object_names.contains(&graph.names[node])
            {
                continue;
            }
            // Appends the list first, and removes it again if it is known.
            let start = shapes.properties.len();
            let mut hash = 0u64;
            for (at, edge) in graph.out_at(node) {
                if edge.kind() == EdgeKind::PROPERTY {
                    let name = graph.edge_text(at);
                    shapes.properties.push(name);
                    hash = (hash.rotate_left(5) ^ u64::from(name.0))
                        .wrapping_mul(0x517C_C1B7_2722_0A95);
                }
            }
            let mut shape = by_hash.get(&hash).copied().unwrap_or(ShapeIx::NONE);
            while shape != ShapeIx::NONE && shapes.list(shape) != &shapes.properties[start..] {
                shape = same_hash[shape];
            }
            if shape == ShapeIx::NONE {
                shape = ShapeIx::at(shapes.ends.len());
                shapes.ends.push(to_u32(shapes.properties.len()));
                shapes.counts.push(0);
                same_hash.push(by_hash.insert(hash, shape).unwrap_or(ShapeIx::NONE));
            } else {
                shapes.properties.truncate(start);
            }
            shapes.counts[shape] += 1;
            shapes.objects.push((node, shape));
        }
        Ok(shapes)
    }

    /// Returns the properties of a shape.
    fn list(&self, shape: ShapeIx) -> &[StrIx] {
        let start = shape.0.checked_sub(1).map_or(0, |before| self.ends[ShapeIx(before)]);
        &self.properties[start as usize..self.ends[shape] as usize]
    }

    /// Returns all shapes, in the order of their first object.
    fn all(&self) -> impl Iterator<Item = ShapeIx> + use<> {
        (0..to_u32(self.ends.len())).map(ShapeIx)
    }

    /// Returns the interfaces, those with most objects first.
    ///
    /// # Semantics
    /// Each shape is a candidate. Its name consists of the properties in the
    /// order of the file, without `__proto__`, until the name is too long.
    /// Candidates of equal name are one. A candidate becomes an interface if at
    /// least 2 objects, and one in 1,000 of all plain objects, have it.
    /// Interfaces with equally many objects are in the order of first
    /// appearance.
    ///
    /// # Complexity
    /// O(P log P) time for P properties of distinct lists.
    pub(crate) fn infer(&self, graph: &Graph) -> Vec<Definition> {
        let mut by_name: HashMap<TextBuf, usize> = HashMap::new();
        let mut candidates: Vec<Definition> = Vec::new();
        // Shapes are numbered by first appearance, so candidates are too.
        for shape in self.all() {
            let Some((name, properties)) = interface_of(graph, self.list(shape)) else { continue };
            let count = self.counts[shape];
            match by_name.entry(name) {
                Entry::Occupied(at) => candidates[*at.get()].count += count,
                Entry::Vacant(at) => {
                    let name = at.key().clone();
                    at.insert(candidates.len());
                    let properties =
                        properties.iter().map(|&ix| graph.text(ix).to_owned()).collect();
                    candidates.push(Definition { name, properties, count });
                }
            }
        }
        candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.count));
        let objects = self.objects.len() as u64;
        let popular =
            candidates.partition_point(|c| c.count >= MIN_COUNT && c.count * MIN_SHARE >= objects);
        candidates.truncate(popular);
        candidates
    }

    /// Returns the best definition for every plain object.
    ///
    /// # Semantics
    /// A definition matches an object that has all of its properties. Of
    /// several matching definitions, the one with the most properties wins; of
    /// those, the earliest.
    pub(crate) fn matches(&self, graph: &Graph, definitions: &[Definition]) -> Matches {
        let mut trie = Trie::new(definitions);
        let best: Vec<DefinitionIx> =
            self.all().map(|shape| trie.best(graph, self.list(shape))).collect();
        let best: IndexVec<ShapeIx, DefinitionIx> = best.into();
        Matches(self.objects.iter().map(|&(node, shape)| (node, best[shape])).collect())
    }
}

/// The definition that each plain object matches, in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Matches(Vec<(NodeIx, DefinitionIx)>);

impl Matches {
    /// Returns each plain object with its definition, in the order of the file.
    /// `None` if it matches none.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (NodeIx, Option<DefinitionIx>)> {
        self.0.iter().map(|&(node, found)| (node, (found != DefinitionIx::NONE).then_some(found)))
    }
}

/// Returns the interface name of a list of properties, and the properties in
/// it. `None` if there are none.
fn interface_of(graph: &Graph, list: &[StrIx]) -> Option<(TextBuf, Vec<StrIx>)> {
    let mut name = TextBuf::from("{");
    let mut length = 1;
    let mut properties = Vec::new();
    for &ix in list {
        let property = graph.text(ix);
        if property == "__proto__" {
            continue;
        }
        let shown = format_property(property);
        let added = shown.as_text().utf16_len();
        if length > 1 && length + added > MAX_NAME {
            break;
        }
        // An empty first property leaves the length at one, and no comma follows.
        if length != 1 {
            name.push_str(", ");
            length += 2;
        }
        name.push(shown.as_text());
        length += added;
        properties.push(ix);
    }
    if properties.is_empty() {
        return None;
    }
    name.push_str("}");
    Some((name, properties))
}

/// The definitions as paths of sorted properties in a tree.
struct Trie<'a> {
    /// By text: the number of a property that occurs in a definition.
    numbers: HashMap<Text<'a>, u32>,
    /// By string: the same, computed at the first use.
    by_string: HashMap<StrIx, u32>,
    /// By state and number of a property: the next state.
    next: HashMap<(u32, u32), u32>,
    /// By state: length and index of the definition that ends there.
    found: Vec<Option<(usize, DefinitionIx)>>,
}

impl<'a> Trie<'a> {
    /// Builds the tree. Of definitions with the same properties, only the
    /// earliest is in it.
    fn new(definitions: &'a [Definition]) -> Self {
        let mut trie = Self {
            numbers: HashMap::new(),
            by_string: HashMap::new(),
            next: HashMap::new(),
            found: vec![None],
        };
        for (at, definition) in definitions.iter().enumerate() {
            let mut path: Vec<u32> = Vec::new();
            for property in &definition.properties {
                let number = to_u32(trie.numbers.len());
                path.push(*trie.numbers.entry(property.as_text()).or_insert(number));
            }
            // Any order will do, as long as `best` uses the same one.
            path.sort_unstable();
            let mut state = 0;
            for &number in &path {
                let fresh = to_u32(trie.found.len());
                state = *trie.next.entry((state, number)).or_insert(fresh);
                if state == fresh {
                    trie.found.push(None);
                }
            }
            trie.found[state as usize].get_or_insert((path.len(), DefinitionIx::at(at)));
        }
        trie
    }

    /// Returns the number of a property, or [`NONE`].
    fn number(&mut self, graph: &Graph, string: StrIx) -> u32 {
        let numbers = &self.numbers;
        *self
            .by_string
            .entry(string)
            .or_insert_with(|| numbers.get(&graph.text(string)).copied().unwrap_or(NONE))
    }

    /// Returns the best definition for a list of properties, or
    /// [`DefinitionIx::NONE`].
    fn best(&mut self, graph: &Graph, list: &[StrIx]) -> DefinitionIx {
        let mut numbers: Vec<u32> = list
            .iter()
            .map(|&string| self.number(graph, string))
            .filter(|&number| number != NONE)
            .collect();
        numbers.sort_unstable();
        let mut states = vec![0u32];
        let mut seen = std::collections::HashSet::from([0u32]);
        let mut best: Option<(usize, DefinitionIx)> = None;
        for &number in &numbers {
            // The range does not include states that the loop adds: each property
            // counts once.
            for at in 0..states.len() {
                let Some(&state) = self.next.get(&(states[at], number)) else { continue };
                if seen.insert(state) {
                    states.push(state);
                    if let Some((len, definition)) = self.found[state as usize] {
                        let better = best.is_none_or(|(best_len, earliest)| {
                            len > best_len || (len == best_len && definition < earliest)
                        });
                        if better {
                            best = Some((len, definition));
                        }
                    }
                }
            }
        }
        best.map_or(DefinitionIx::NONE, |(_, definition)| definition)
    }
}
