//! Class names: the rows of the Summary.
//!
//! Inputs: kinds, names, locations, interface matches. Output: [`Classes`].
//! DevTools calls the name of a class "constructor".

use std::collections::HashMap;

use crate::control::{Control, Stage};
use crate::error::Error;
use crate::graph::{Graph, Location, NodeKind};
use crate::ids::{ClassIx, DefinitionIx, Idx, NodeIx, StrIx, to_u32};
use crate::index_vec::IndexVec;
use crate::pass::interfaces::{Definition, Matches};
use crate::text::{Text, TextBuf};

/// Where the text of a class name is stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Name {
    /// In the string table of the graph.
    File(StrIx),
    /// In [`Classes::made`], because no string of the file has this text.
    Made(u32),
}

/// A class.
#[derive(Clone, Copy, Debug)]
struct Entry {
    name: Name,
    /// Where its constructor is defined, if that distinguishes the class from
    /// others.
    location: Option<Location>,
}

/// The class of every node.
///
/// Two classes can have equal names. They are defined at different places; or,
/// as in DevTools, their names are different strings of the file with equal
/// text.
///
/// # Memory
/// 2 bytes per node, or 4 with more than 65 535 classes.
#[derive(Clone, Debug, Default)]
pub struct Classes {
    of_node: ClassColumn,
    entries: IndexVec<ClassIx, Entry>,
    made: Vec<TextBuf>,
}

impl Classes {
    /// Returns the number of classes. A [`ClassIx`] is smaller than this.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are no classes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the class of `node`. O(1) time.
    #[inline]
    #[must_use]
    pub fn of(&self, node: NodeIx) -> ClassIx {
        match &self.of_node {
            ClassColumn::Narrow(column) => ClassIx(u32::from(column[node])),
            ClassColumn::Wide(column) => column[node],
        }
    }

    /// Returns the heap memory that the column uses, in bytes, without the
    /// names.
    pub(crate) fn heap_bytes(&self) -> usize {
        match &self.of_node {
            ClassColumn::Narrow(column) => column.capacity() * 2,
            ClassColumn::Wide(column) => column.capacity() * 4,
        }
    }

    /// Returns the name of `class`: DevTools' constructor. `graph` is the graph
    /// that the classes were computed from.
    #[must_use]
    pub fn name<'a>(&'a self, graph: &'a Graph, class: ClassIx) -> Text<'a> {
        match self.entries[class].name {
            Name::File(ix) => graph.text(ix),
            Name::Made(ix) => self.made[ix as usize].as_text(),
        }
    }

    /// Returns where the constructor of `class` is defined, if V8 recorded it.
    /// Line and column are 0-based.
    ///
    /// Only objects made by a class or constructor function of a script have a
    /// location. Builtin classes, functions and plain objects have none.
    #[must_use]
    pub fn location(&self, class: ClassIx) -> Option<Location> {
        self.entries[class].location
    }

    /// Returns the key by which DevTools finds the class in another snapshot:
    /// `script,line,column,name`, or `,name` without location.
    ///
    /// V8 numbers scripts per process. Keys with a location are therefore
    /// comparable only between snapshots of one process.
    #[must_use]
    pub fn key(&self, graph: &Graph, class: ClassIx) -> TextBuf {
        let mut key = match self.location(class) {
            Some(l) => TextBuf::from(format!("{},{},{},", l.script_id, l.line, l.column)),
            None => TextBuf::from(","),
        };
        key.push(self.name(graph, class));
        key
    }
}

/// The class by node, in 2 or 4 bytes.
#[derive(Clone, Debug)]
enum ClassColumn {
    Narrow(IndexVec<NodeIx, u16>),
    Wide(IndexVec<NodeIx, ClassIx>),
}

impl Default for ClassColumn {
    fn default() -> Self {
        Self::Narrow(IndexVec::default())
    }
}

impl ClassColumn {
    /// Appends a class. Widens the column if `class` needs more than 16 bits.
    #[inline]
    fn push(&mut self, class: ClassIx) {
        match self {
            Self::Wide(column) => column.push(class),
            Self::Narrow(column) => {
                if let Ok(class) = u16::try_from(class.0) {
                    column.push(class);
                } else {
                    let mut wide = IndexVec::with_capacity(column.capacity());
                    wide.extend(column.iter().map(|&class| ClassIx(u32::from(class))));
                    wide.push(class);
                    *self = Self::Wide(wide);
                }
            }
        }
    }
}

/// Names the class of every node.
///
/// # Semantics
/// By kind. Objects and native nodes have their own name as class; of the name
/// of an element (`<div id="x">`), only the tag counts. Plain objects have the
/// interface that they match. Objects with different locations have different
/// classes.
///
/// # Errors
/// [`crate::ErrorKind::Cancelled`].
///
/// # Complexity
/// O(N) time plus O(1) per class. Needs 4 bytes per string while it runs.
pub(crate) fn compute(
    graph: &Graph,
    definitions: &[Definition],
    matches: &Matches,
    control: &Control,
) -> Result<Classes, Error> {
    control.enter(Stage::Classes)?;
    let mut table = Table::new(graph, definitions);
    let by_kind = table.by_kind();
    let mut of_node = ClassColumn::Narrow(IndexVec::with_capacity(graph.node_count()));
    let mut locations = graph.locations.iter().peekable();
    let mut plain = matches.iter().peekable();
    let mut ticker = control.ticker();
    for node in graph.nodes() {
        ticker.tick()?;
        let kind = graph.kinds[node];
        let definition = plain.next_if(|&(at, _)| at == node).and_then(|(_, found)| found);
        let location = locations.next_if(|&&(at, _)| at == node).map(|&(_, location)| location);
        let mut class = match (kind, definition) {
            (NodeKind::OBJECT, Some(definition)) => table.interface(definition),
            (NodeKind::OBJECT | NodeKind::NATIVE, _) => table.named(graph.names[node]),
            _ => by_kind[kind.index()],
        };
        if kind == NodeKind::OBJECT
            && let Some(location) = location
        {
            class = table.located(class, location);
        }
        of_node.push(class);
    }
    Ok(Classes { of_node, entries: table.entries, made: table.made })
}

/// The classes so far, with an index for each rule that assigns one.
struct Table<'a> {
    graph: &'a Graph,
    definitions: &'a [Definition],
    entries: IndexVec<ClassIx, Entry>,
    made: Vec<TextBuf>,
    /// By string: the class of this name without location.
    by_string: IndexVec<StrIx, ClassIx>,
    /// By text: the class of a name that a rule made. Interfaces are not in it:
    /// as in DevTools, an interface is never the same class as another one of
    /// its name.
    by_rule: HashMap<TextBuf, ClassIx>,
    /// By interface.
    by_definition: IndexVec<DefinitionIx, ClassIx>,
    /// By class without location, and location.
    by_location: HashMap<(ClassIx, Location), ClassIx>,
    /// By location and text of the name, because equal names can be different
    /// strings.
    by_located_name: HashMap<(Location, TextBuf), ClassIx>,
}

impl<'a> Table<'a> {
    /// Returns a table without classes.
    fn new(graph: &'a Graph, definitions: &'a [Definition]) -> Self {
        Self {
            graph,
            definitions,
            entries: IndexVec::default(),
            made: Vec::new(),
            by_string: IndexVec::from_elem(ClassIx::NONE, graph.string_count()),
            by_rule: HashMap::new(),
            by_definition: IndexVec::from_elem(ClassIx::NONE, definitions.len()),
            by_location: HashMap::new(),
            by_located_name: HashMap::new(),
        }
    }

    /// Adds a class.
    fn add(&mut self, name: Name, location: Option<Location>) -> ClassIx {
        self.entries.push(Entry { name, location });
        ClassIx::at(self.entries.len() - 1)
    }

    /// Adds a class without location, whose name is not a string of the file.
    fn add_made(&mut self, text: TextBuf) -> ClassIx {
        self.made.push(text);
        self.add(Name::Made(to_u32(self.made.len() - 1)), None)
    }

    /// Returns the class of a name that a rule made; adds it at the first call.
    fn rule(&mut self, text: TextBuf) -> ClassIx {
        if let Some(&class) = self.by_rule.get(&text) {
            return class;
        }
        let class = self.add_made(text.clone());
        self.by_rule.insert(text, class);
        class
    }

    /// Returns the class of each kind. Not used for objects and native nodes,
    /// which have a name of their own.
    fn by_kind(&mut self) -> Vec<ClassIx> {
        (0..=255u8)
            .map(|code| match NodeKind(code) {
                NodeKind::HIDDEN => self.rule("(system)".into()),
                NodeKind::CODE => self.rule("(compiled code)".into()),
                NodeKind::CLOSURE => self.rule("Function".into()),
                NodeKind::REGEXP => self.rule("RegExp".into()),
                _ => match self.graph.node_kind_names.get(usize::from(code)) {
                    Some(name) => self.rule(format!("({name})").into()),
                    None => ClassIx::NONE,
                },
            })
            .collect()
    }

    /// Returns the class of objects and native nodes of this name; adds it at
    /// the first call.
    #[inline]
    fn named(&mut self, name: StrIx) -> ClassIx {
        match self.by_string[name] {
            ClassIx::NONE => self.name_first_time(name),
            class => class,
        }
    }

    /// Adds the class of a name: the name itself, or the tag of an element.
    #[cold]
    fn name_first_time(&mut self, name: StrIx) -> ClassIx {
        let text = self.graph.text(name);
        // A tag is a made name even if nothing was cut off, so that all elements
        // of one tag have one class.
        let tag_starts = if text.starts_with("<") {
            Some(0)
        } else if text.starts_with("Detached <") {
            Some("Detached <".len())
        } else {
            None
        };
        let class = match tag_starts {
            None => self.add(Name::File(name), None),
            Some(from) => {
                let bytes = text.as_bytes();
                let space = memchr::memchr(b' ', &bytes[from..]);
                let mut tag = TextBuf::new();
                tag.push(Text(&bytes[..space.map_or(bytes.len(), |at| from + at)]));
                if space.is_some() {
                    tag.push_str(">");
                }
                self.rule(tag)
            }
        };
        self.by_string[name] = class;
        class
    }

    /// Returns the class of an interface; adds it at the first call.
    fn interface(&mut self, definition: DefinitionIx) -> ClassIx {
        if self.by_definition[definition] == ClassIx::NONE {
            let name = self.definitions[definition.position()].name.clone();
            self.by_definition[definition] = self.add_made(name);
        }
        self.by_definition[definition]
    }

    /// Returns the class that is like `class` but was defined at `location`;
    /// adds it at the first call.
    fn located(&mut self, class: ClassIx, location: Location) -> ClassIx {
        if let Some(&located) = self.by_location.get(&(class, location)) {
            return located;
        }
        let name = self.entries[class].name;
        let text = match name {
            Name::File(ix) => self.graph.text(ix).to_owned(),
            Name::Made(ix) => self.made[ix as usize].clone(),
        };
        // Unlike elsewhere, DevTools compares the text here: two strings with equal
        // text name one class.
        let key = (location, text);
        let located = if let Some(&located) = self.by_located_name.get(&key) {
            located
        } else {
            let located = self.add(name, Some(location));
            self.by_located_name.insert(key, located);
            located
        };
        self.by_location.insert((class, location), located);
        located
    }
}
