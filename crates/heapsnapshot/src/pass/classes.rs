//! Class names: the rows of the Summary.
//!
//! Inputs: kinds, names, locations, interface matches. Output: [`Classes`].

use std::collections::HashMap;

use crate::control::{Control, Stage};
use crate::error::Error;
use crate::graph::{Graph, Location, NodeKind};
use crate::ids::{ClassIx, DefinitionIx, Idx, NodeIx, StrIx, to_u32};
use crate::index_vec::IndexVec;
use crate::pass::interfaces::{Definition, Matches};
use crate::text::{Text, TextBuf};

/// Where the text of a class name is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Name {
    /// In the string table of the graph.
    File(StrIx),
    /// Made by a rule.
    Made(u32),
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    name: Name,
    location: Option<Location>,
}

/// The class of every node.
///
/// Two classes may have equal names: classes defined at different places, and,
/// as in DevTools, classes whose equal names are different strings of the file.
///
/// # Memory
/// 2 bytes a node, or 4 if there are more than 65 535 classes.
#[derive(Clone, Debug, Default)]
pub struct Classes {
    of_node: ClassColumn,
    entries: IndexVec<ClassIx, Entry>,
    made: Vec<TextBuf>,
}

impl Classes {
    /// Returns the number of classes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are no classes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the class of `node`.
    #[inline]
    #[must_use]
    pub fn of(&self, node: NodeIx) -> ClassIx {
        match &self.of_node {
            ClassColumn::Narrow(column) => ClassIx(u32::from(column[node])),
            ClassColumn::Wide(column) => column[node],
        }
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        match &self.of_node {
            ClassColumn::Narrow(column) => column.capacity() * 2,
            ClassColumn::Wide(column) => column.capacity() * 4,
        }
    }

    /// Returns the name of `class`; `graph` is the one it was computed from.
    #[must_use]
    pub fn name<'a>(&'a self, graph: &'a Graph, class: ClassIx) -> Text<'a> {
        match self.entries[class].name {
            Name::File(ix) => graph.text(ix),
            Name::Made(ix) => self.made[ix as usize].as_text(),
        }
    }

    /// Returns where the constructor was defined, if that tells this class
    /// from others.
    #[must_use]
    pub fn location(&self, class: ClassIx) -> Option<Location> {
        self.entries[class].location
    }

    /// Returns the key by which DevTools finds a class again in another
    /// snapshot: `script,line,column,name`, or `,name` without location.
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

/// Names every node's class.
///
/// # Semantics
/// By kind; objects and native nodes by their own name, of which a tag
/// (`<div id="x">`) keeps the element only; plain objects by the interface they
/// match. Objects with a location are told apart by it.
///
/// # Complexity
/// O(N) time plus O(1) a class; 4 bytes a string while it runs.
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

struct Table<'a> {
    graph: &'a Graph,
    definitions: &'a [Definition],
    entries: IndexVec<ClassIx, Entry>,
    made: Vec<TextBuf>,
    /// Class without location, by string.
    by_string: IndexVec<StrIx, ClassIx>,
    /// Class by made name; interface names live apart from the others.
    by_rule: HashMap<TextBuf, ClassIx>,
    by_definition: IndexVec<DefinitionIx, ClassIx>,
    by_location: HashMap<(ClassIx, Location), ClassIx>,
    by_located_name: HashMap<(Location, TextBuf), ClassIx>,
}

impl<'a> Table<'a> {
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

    fn add(&mut self, name: Name, location: Option<Location>) -> ClassIx {
        self.entries.push(Entry { name, location });
        ClassIx::at(self.entries.len() - 1)
    }

    fn add_made(&mut self, text: TextBuf) -> ClassIx {
        self.made.push(text);
        self.add(Name::Made(to_u32(self.made.len() - 1)), None)
    }

    fn rule(&mut self, text: TextBuf) -> ClassIx {
        if let Some(&class) = self.by_rule.get(&text) {
            return class;
        }
        let class = self.add_made(text.clone());
        self.by_rule.insert(text, class);
        class
    }

    /// Returns the class of each kind; of no meaning for objects and natives.
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

    #[inline]
    fn named(&mut self, name: StrIx) -> ClassIx {
        match self.by_string[name] {
            ClassIx::NONE => self.name_first_time(name),
            class => class,
        }
    }

    #[cold]
    fn name_first_time(&mut self, name: StrIx) -> ClassIx {
        let text = self.graph.text(name);
        // A tag gets a made name even if it stays the same, so that tags of
        // equal name are one class.
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

    fn interface(&mut self, definition: DefinitionIx) -> ClassIx {
        if self.by_definition[definition] == ClassIx::NONE {
            let name = self.definitions[definition.position()].name.clone();
            self.by_definition[definition] = self.add_made(name);
        }
        self.by_definition[definition]
    }

    fn located(&mut self, class: ClassIx, location: Location) -> ClassIx {
        if let Some(&located) = self.by_location.get(&(class, location)) {
            return located;
        }
        let name = self.entries[class].name;
        let text = match name {
            Name::File(ix) => self.graph.text(ix).to_owned(),
            Name::Made(ix) => self.made[ix as usize].clone(),
        };
        // Here DevTools compares text, so equal names of different strings meet.
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
