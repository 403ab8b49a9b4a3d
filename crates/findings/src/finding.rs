//! The data of a finding: kind, severity, numbers, culprit, retaining path, sentences.

use std::collections::HashSet;

use heapsnapshot::{Location, NodeIx};

use crate::label::{Frame, Mark};
use crate::message::{Message, Paragraph};
use crate::place::Place;

/// The kind of leak or waste that a finding reports. Each rule declares the kinds that it finds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Kind(pub(crate) &'static str);

impl Kind {
    /// Returns the name of the kind in JSON and in signatures, such as `event-listeners`.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.0
    }
}

/// A row of the table of kinds in `docs/findings.md`, which is generated from these.
#[derive(Clone, Copy, Debug)]
pub struct Doc {
    /// The kinds that the row describes.
    pub kinds: &'static [Kind],
    /// Markdown that describes the kinds.
    pub about: &'static str,
}

/// How bad a finding is. Ordered: `Waste < Suspect < Leak`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Memory that could be saved. It does not grow.
    Waste,
    /// It may grow, but the snapshots do not show it.
    Suspect,
    /// It grows from snapshot to snapshot, or its shape proves that it did.
    Leak,
}

impl Severity {
    /// Returns the name of the severity in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waste => "waste",
            Self::Suspect => "suspect",
            Self::Leak => "leak",
        }
    }
}

/// The numbers behind a finding. Averages are over the steps from one snapshot to the next.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Evidence {
    /// Bytes that would be freed in the last snapshot.
    pub bytes: u64,
    /// The number of entries, listeners or scopes in the last snapshot; of a growing string, its
    /// bytes.
    pub count: u64,
    /// The count in each snapshot, oldest first. The last is `count`.
    pub counts: Vec<u64>,
    /// How many were added per step, on average. `None` with one snapshot.
    pub growth_per_step: Option<f64>,
    /// Bytes added per step, on average. `None` with one snapshot.
    pub bytes_per_step: Option<f64>,
    /// The part of the heap's growth that the finding explains. `None` with one snapshot.
    pub explained: Option<Explained>,
}

impl Evidence {
    /// Returns the evidence of a single snapshot.
    pub(crate) fn of_one(bytes: u64, count: u64) -> Self {
        Self { bytes, count, counts: vec![count], ..Self::default() }
    }
}

/// How much of the growth of the heap a finding explains.
///
/// Each new object is attributed to one finding only, so these sizes can be added up.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Explained {
    /// Bytes per step that are reachable from the entries of the finding.
    pub bytes_per_step: u64,
    /// Bytes per step that the heap gained and retained in total.
    pub of_bytes_per_step: u64,
}

/// The names to blame. Only those that are known.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Culprit {
    /// The variable that retains the entries.
    pub variable: Option<String>,
    /// The property that retains the entries.
    pub property: Option<String>,
    /// The constructor of the object that holds them.
    pub constructor: Option<String>,
    /// The function that creates, adds or retains them.
    pub function: Option<String>,
    /// The line to look at first.
    pub location: Option<Place>,
}

/// One reference on the retaining path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// V8's id of the object that the reference leads to.
    pub id: u32,
    /// How the object of the previous step refers to it: `.cache`, `[3]`, `scope`. Of the first
    /// step, the variable or root.
    pub edge: String,
    /// The constructor of the object, or the name and location of a function.
    pub what: String,
}

/// The objects of a finding that have the class that retains most.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Members {
    /// The class; `string` for strings.
    pub class: String,
    /// Number of objects.
    pub count: u64,
    /// Sum of their sizes, each alone, in bytes.
    pub bytes: u64,
    /// The functions that allocated most of the objects, if the snapshot has allocation stacks.
    pub stack: Option<Stack>,
    /// Where the constructor of the objects begins, if they have a class of the program.
    pub constructor: Option<Location>,
    /// Of closures and scopes, where the function that creates them begins, if the source shows it.
    pub enclosing: Option<Location>,
    /// The sizes with which V8 can have allocated the objects, and the most frequent ones of the
    /// heap. Empty with a stack.
    pub sizes: Vec<MemberSize>,
}

/// The functions that allocated objects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stack {
    /// The innermost function that is not a part of Node or V8, its caller, and so on.
    pub frames: Vec<StackFrame>,
    /// Number of objects that this function allocated.
    pub count: u64,
    /// Number of objects with a stack.
    pub of: u64,
}

/// A function of a stack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StackFrame {
    /// The name; empty for an anonymous function.
    pub function: String,
    /// The path or URL of the script; empty for a builtin of V8.
    pub script: String,
    /// The line in which it begins, 1-based; 0 if V8 does not know it.
    pub line: u32,
    /// The column in which it begins, 1-based, in UTF-16 units; 0 if V8 does not know it.
    pub column: u32,
}

/// Objects that V8 can have allocated with one size. An object can have several.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MemberSize {
    /// The size in bytes.
    pub bytes: u64,
    /// Number of objects of the finding.
    pub count: u64,
    /// Number of objects of this size in the heap.
    pub in_heap: u64,
    /// Number of those that are new since the first snapshot; of all with one snapshot.
    pub new: u64,
}

/// A leak, or waste: its culprit, why it is alive, and how to fix it.
#[derive(Clone, PartialEq, Debug)]
pub struct Finding {
    /// The kind of leak.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// How certain the rule is, from 0 to 1.
    pub confidence: f64,
    /// One short line.
    pub title: Message,
    /// A paragraph for people. Contains no contents of strings.
    pub sentence: Paragraph,
    /// The numbers.
    pub evidence: Evidence,
    /// The names to blame.
    pub culprit: Culprit,
    /// The retaining path, from a root of the program to one of the leaked objects.
    pub path: Vec<Step>,
    /// How to fix it.
    pub fix: Message,
    /// Whether it is a collection that replaces its entries, has a limit, or grows less in each
    /// step.
    pub is_filling: bool,
    /// Identifies the leak across runs, as long as the names in the code stay the same.
    pub signature: String,
    /// The lines of code to look at, the most important first. Empty if no source is available.
    pub frames: Vec<Frame>,
    /// The objects, as far as their allocation is known; `None` if the finding lists none.
    pub members: Option<Members>,
    /// The positions from which `frames` are made.
    pub(crate) marks: Vec<Mark>,
    /// Objects that this finding explains, so that later rules skip them.
    pub(crate) claims: HashSet<NodeIx>,
    /// The collection that is the leak site. Its contents are explained, too.
    pub(crate) subject: Option<NodeIx>,
    /// The accumulating objects: entries, listeners, timers. New objects reachable from them are
    /// explained.
    pub(crate) entries: Vec<NodeIx>,
    /// The accumulating objects of a finding without `entries`.
    pub(crate) objects: Vec<NodeIx>,
    /// The retainer of the entries, as a part of a sentence: `` `cache` (app.js:3:7) ``.
    pub(crate) retainer: Option<Message>,
    /// The growing collection that retains the functions of a shared scope.
    pub(crate) functions_in: Option<Message>,
    /// The retainers of findings that were merged into this one.
    pub(crate) also: Vec<Message>,
}

impl Finding {
    /// Returns a finding with its kind and severity only. Rules fill in the rest.
    pub(crate) fn new(kind: Kind, severity: Severity) -> Self {
        Self {
            kind,
            severity,
            confidence: 0.5,
            title: Message::default(),
            sentence: Paragraph::default(),
            evidence: Evidence::default(),
            culprit: Culprit::default(),
            path: Vec::new(),
            fix: Message::default(),
            is_filling: false,
            signature: String::new(),
            frames: Vec::new(),
            members: None,
            marks: Vec::new(),
            claims: HashSet::new(),
            subject: None,
            entries: Vec::new(),
            objects: Vec::new(),
            retainer: None,
            functions_in: None,
            also: Vec::new(),
        }
    }

    /// Returns the other retainers of the same objects, as parts of a sentence. Findings with one
    /// cause are merged, and each merged one adds its retainer here.
    #[must_use]
    pub fn also_held_by(&self) -> &[Message] {
        &self.also
    }
}
