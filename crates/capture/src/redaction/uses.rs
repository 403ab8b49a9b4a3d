//! Collects how each string of the table is used, from the nodes and edges.
//!
//! A dictionary (an object in V8's dictionary mode) and an object with a shape differ in one
//! respect only: the property names of the latter are in the list that all objects of its shape
//! share, a node `system / DescriptorArray` with an edge to each name. A property name that is in
//! no such list is the key of a dictionary.

use std::collections::{HashMap, HashSet};

use super::UnknownForm;
use super::columns::{EdgeRole, NodeRole};

/// Uses of a string. A string without [`NAME`] uses is a content. `#name` is known to be a private
/// name because a symbol of V8 has it.
pub(super) const PRIVATE: u8 = 1;
pub(super) const ENGINE: u8 = 2;
pub(super) const PROGRAM: u8 = 4;
pub(super) const CODE: u8 = 8;
pub(super) const PROPERTY: u8 = 16;
/// In a shape with few properties.
pub(super) const SMALL_SHAPE: u8 = 32;
/// In a shape with many properties.
pub(super) const LARGE_SHAPE: u8 = 64;
/// A variable, or a property of a global object.
pub(super) const VARIABLE: u8 = 128;

/// Uses as a name.
pub(super) const NAME: u8 = ENGINE | PROGRAM | CODE | PROPERTY;

/// No object with this property has been seen.
const NO_CLASS: u32 = u32::MAX;
/// Objects of several classes have this property.
const CLASSES: u32 = u32::MAX - 1;

/// The uses of all strings. 1 byte per string; with shapes, 5 bytes per string and 7 per node.
pub(super) struct Uses {
    flags: Vec<u8>,
    shapes: Option<Shapes>,
}

/// The data about nodes while their edges are read.
#[derive(Default)]
struct Shapes {
    max_small: u64,
    roles: Vec<NodeRole>,
    names: Vec<u32>,
    edge_counts: Vec<u16>,
    /// Edge counts that do not fit into two bytes.
    large_edge_counts: HashMap<usize, u64>,
    /// The source of the current edge, and its number of edges still to come.
    source: Option<usize>,
    rest: u64,
    /// Names in the current shape, until there are too many.
    keys: Vec<u32>,
    key_count: usize,
    /// Global objects, their contexts, and what V8 stores in these.
    globals: HashSet<usize>,
    contexts: HashSet<usize>,
    /// By string: the class of all objects with this property, if there is only one.
    classes: Vec<u32>,
}

impl Uses {
    /// Also examines shapes if `max_small`, the maximum number of names in a small one, is given.
    pub(super) fn new(max_small: Option<u64>) -> Self {
        let shapes = max_small.map(|max_small| Shapes { max_small, ..Shapes::default() });
        Self { flags: Vec::new(), shapes }
    }

    /// Returns the uses of the string `index`; 0 if nothing refers to it.
    pub(super) fn get(&self, index: usize) -> u8 {
        self.flags.get(index).copied().unwrap_or(0)
    }

    /// Returns whether all objects with the property `index` can be plain ones, given the index of
    /// the string `Object`.
    pub(super) fn is_of_plain_objects(&self, index: usize, object: Option<usize>) -> bool {
        let classes = self.shapes.as_ref().map(|shapes| &shapes.classes);
        let class = classes.and_then(|classes| classes.get(index)).copied().unwrap_or(NO_CLASS);
        match object {
            _ if class == CLASSES => false,
            Some(object) => class == NO_CLASS || class as usize == object,
            None => true,
        }
    }

    /// Records a node and its number of `edges`.
    pub(super) fn node(&mut self, role: NodeRole, name: u32, edges: u64) {
        self.add(
            name,
            match role {
                NodeRole::Text => 0,
                NodeRole::Program => PROGRAM,
                NodeRole::Code => CODE,
                NodeRole::Engine | NodeRole::Hidden | NodeRole::Shape => ENGINE,
            },
        );
        if let Some(shapes) = &mut self.shapes {
            if edges >= u64::from(u16::MAX) {
                shapes.large_edge_counts.insert(shapes.roles.len(), edges);
            }
            shapes.edge_counts.push(u16::try_from(edges).unwrap_or(u16::MAX));
            shapes.roles.push(role);
            shapes.names.push(name);
        }
    }

    /// Records an edge to the node `target`. Edges come in the order of their source nodes. The
    /// name of an element is an index.
    pub(super) fn edge(
        &mut self,
        role: EdgeRole,
        name: Option<u32>,
        target: usize,
    ) -> Result<(), UnknownForm> {
        let source = match &mut self.shapes {
            Some(shapes) => Some(shapes.next_source(&mut self.flags)?),
            None => None,
        };
        if role == EdgeRole::Index {
            return Ok(());
        }
        let name = name.ok_or(UnknownForm)?;
        self.add(
            name,
            match role {
                EdgeRole::Index | EdgeRole::Engine | EdgeRole::Global => ENGINE,
                EdgeRole::Property => PROPERTY,
                EdgeRole::Variable => PROPERTY | VARIABLE,
            },
        );
        if let (Some(shapes), Some(source)) = (&mut self.shapes, source) {
            shapes.edge(&mut self.flags, source, role, name, target);
        }
        Ok(())
    }

    fn add(&mut self, name: u32, usage: u8) {
        add(&mut self.flags, name, usage);
    }

    /// Ends the edges.
    pub(super) fn end_edges(&mut self) {
        if let Some(shapes) = &mut self.shapes {
            shapes.end_source(&mut self.flags);
            // Only `classes` is needed from here on.
            *shapes = Shapes { classes: std::mem::take(&mut shapes.classes), ..Shapes::default() };
        }
    }
}

impl Shapes {
    /// Returns the source of the next edge.
    fn next_source(&mut self, flags: &mut Vec<u8>) -> Result<usize, UnknownForm> {
        while self.rest == 0 {
            self.end_source(flags);
            let source = self.source.map_or(0, |source| source + 1);
            let count = *self.edge_counts.get(source).ok_or(UnknownForm)?;
            self.rest = match self.large_edge_counts.get(&source) {
                Some(&count) => count,
                None => u64::from(count),
            };
            self.source = Some(source);
        }
        self.rest -= 1;
        self.source.ok_or(UnknownForm)
    }

    /// All names seen belong to a small shape.
    fn end_source(&mut self, flags: &mut Vec<u8>) {
        for key in self.keys.drain(..) {
            add(flags, key, SMALL_SHAPE);
        }
        self.key_count = 0;
    }

    fn edge(
        &mut self,
        flags: &mut Vec<u8>,
        source: usize,
        role: EdgeRole,
        name: u32,
        target: usize,
    ) {
        let role_of = |node: usize| self.roles.get(node).copied();
        match (role, role_of(source), role_of(target)) {
            (EdgeRole::Global, _, Some(NodeRole::Program)) if source == 0 => {
                self.globals.insert(target);
            }
            (EdgeRole::Global, _, Some(_)) if source == 0 => {
                self.contexts.insert(target);
            }
            (EdgeRole::Engine, Some(NodeRole::Shape), Some(NodeRole::Text)) => {
                self.shape_key(flags, target);
            }
            (EdgeRole::Engine, Some(NodeRole::Hidden), Some(NodeRole::Text)) => {
                if let Some(&name) = self.names.get(target) {
                    add(flags, name, PRIVATE);
                }
            }
            (EdgeRole::Engine, _, Some(NodeRole::Program)) if self.contexts.contains(&source) => {
                self.globals.insert(target);
            }
            (EdgeRole::Property, ..) => {
                if self.globals.contains(&source) {
                    add(flags, name, VARIABLE);
                }
                self.note_class(name, source);
            }
            _ => {}
        }
    }

    fn shape_key(&mut self, flags: &mut Vec<u8>, target: usize) {
        let Some(&key) = self.names.get(target) else { return };
        self.key_count += 1;
        self.keys.push(key);
        if self.key_count as u64 > self.max_small {
            for key in self.keys.drain(..) {
                add(flags, key, LARGE_SHAPE);
            }
        }
    }

    fn note_class(&mut self, name: u32, source: usize) {
        let Some(&class) = self.names.get(source) else { return };
        let index = name as usize;
        if index >= self.classes.len() {
            self.classes.resize(index + 1, NO_CLASS);
        }
        let known = &mut self.classes[index];
        *known = if *known == NO_CLASS || *known == class { class } else { CLASSES };
    }
}

fn add(flags: &mut Vec<u8>, name: u32, usage: u8) {
    let index = name as usize;
    if index >= flags.len() {
        flags.resize(index + 1, 0);
    }
    flags[index] |= usage;
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_SMALL: u64 = 24;

    #[test]
    fn a_string_has_all_its_uses() {
        let mut uses = Uses::new(None);
        uses.node(NodeRole::Text, 1, 0);
        uses.node(NodeRole::Program, 2, 2);
        uses.node(NodeRole::Hidden, 2, 0);
        uses.edge(EdgeRole::Property, Some(2), 0).unwrap();
        uses.edge(EdgeRole::Index, None, 0).unwrap();
        assert_eq!(uses.edge(EdgeRole::Property, None, 0), Err(UnknownForm));
        uses.end_edges();
        let all: Vec<u8> = (0..4).map(|string| uses.get(string)).collect();
        assert_eq!(all, [0, 0, PROGRAM | ENGINE | PROPERTY, 0]);
    }

    /// Returns a shape with `count` names, from string 10 on.
    fn shape(count: u32) -> Uses {
        let mut uses = Uses::new(Some(MAX_SMALL));
        uses.node(NodeRole::Shape, 1, u64::from(count));
        for name in 0..count {
            uses.node(NodeRole::Text, 10 + name, 0);
        }
        for target in 0..count {
            uses.edge(EdgeRole::Engine, Some(2), 1 + target as usize).unwrap();
        }
        uses.end_edges();
        uses
    }

    #[test]
    fn shapes_are_small_up_to_a_number_of_names() {
        let most = u32::try_from(MAX_SMALL).unwrap();
        let (small, large) = (shape(most), shape(most + 1));
        for name in 10..10 + most as usize {
            assert_eq!(small.get(name), SMALL_SHAPE);
            assert_eq!(large.get(name), LARGE_SHAPE);
        }
    }

    #[test]
    fn the_classes_of_objects_with_a_property_are_known() {
        let mut uses = Uses::new(Some(MAX_SMALL));
        let (object, other, property) = (1, 2, 3);
        uses.node(NodeRole::Program, object, 2);
        uses.node(NodeRole::Program, other, 1);
        uses.edge(EdgeRole::Property, Some(property), 0).unwrap();
        uses.edge(EdgeRole::Property, Some(property + 1), 0).unwrap();
        uses.edge(EdgeRole::Property, Some(property), 0).unwrap();
        // More edges than the nodes declare.
        assert_eq!(uses.edge(EdgeRole::Property, Some(property), 0), Err(UnknownForm));
        uses.end_edges();
        let object = Some(object as usize);
        assert!(!uses.is_of_plain_objects(property as usize, object));
        assert!(uses.is_of_plain_objects(property as usize + 1, object));
        assert!(uses.is_of_plain_objects(property as usize + 2, object));
    }

    #[test]
    fn nodes_may_have_more_edges_than_fit_into_two_bytes() {
        let mut uses = Uses::new(Some(MAX_SMALL));
        let many = u64::from(u16::MAX) + 1;
        uses.node(NodeRole::Program, 1, many);
        uses.node(NodeRole::Program, 2, 1);
        for _ in 0..many {
            uses.edge(EdgeRole::Property, Some(3), 0).unwrap();
        }
        uses.edge(EdgeRole::Property, Some(4), 0).unwrap();
        uses.end_edges();
        assert!(uses.is_of_plain_objects(4, Some(2)));
        assert!(!uses.is_of_plain_objects(4, Some(1)));
    }
}
