//! What a rule has to say.

use std::collections::HashSet;

use heapsnapshot::NodeIx;

use crate::label::{Frame, Mark};
use crate::message::{Message, Paragraph};
use crate::place::Place;

/// The kind of leak, or waste, that a finding is about. Each rule declares those that it finds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Kind(pub(crate) &'static str);

impl Kind {
    /// Returns the word that stands for it in JSON and signatures.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.0
    }
}

/// A row of the table of kinds in `docs/findings.md`.
#[derive(Clone, Copy, Debug)]
pub struct Doc {
    /// Kinds that are described together.
    pub kinds: &'static [Kind],
    /// What the rule finds.
    pub about: &'static str,
}

/// How bad it is. Ordered: the worst is the greatest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Memory that could be saved; it does not grow.
    Waste,
    /// It may grow; the snapshots do not show it.
    Suspect,
    /// It grows from snapshot to snapshot, or its shape shows that it must have.
    Leak,
}

impl Severity {
    /// Returns the word that stands for it in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waste => "waste",
            Self::Suspect => "suspect",
            Self::Leak => "leak",
        }
    }
}

/// The numbers behind a finding.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Evidence {
    /// Bytes that would be freed.
    pub bytes: u64,
    /// Things that make it up: entries, listeners, scopes; of a growing text its bytes.
    pub count: u64,
    /// Their number in each snapshot, oldest first; the last is `count`.
    pub counts: Vec<u64>,
    /// How many came from snapshot to snapshot, on average.
    pub growth_per_step: Option<f64>,
    /// Bytes that came with them, on average.
    pub bytes_per_step: Option<f64>,
    /// The part of the heap's growth that the finding explains; `None` with one snapshot.
    pub explained: Option<Explained>,
}

impl Evidence {
    /// Numbers that one snapshot gives.
    pub(crate) fn of_one(bytes: u64, count: u64) -> Self {
        Self { bytes, count, counts: vec![count], ..Self::default() }
    }
}

/// How much of the growth of the heap a finding explains.
///
/// Each new object counts for one finding only, the one that ranks first.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Explained {
    /// Bytes a step that are reachable from what the finding is about.
    pub bytes_per_step: u64,
    /// Bytes a step that the heap gained and kept, in all.
    pub of_bytes_per_step: u64,
}

/// Who is to blame. Only what is known.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Culprit {
    /// The variable that keeps it.
    pub variable: Option<String>,
    /// The property that keeps it.
    pub property: Option<String>,
    /// The constructor of what it is kept in.
    pub constructor: Option<String>,
    /// The function.
    pub function: Option<String>,
    /// Where to look.
    pub location: Option<Place>,
}

/// One reference on the way from a root of the program to what leaks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// V8's id of the object that is referred to.
    pub id: u32,
    /// How the object of the step before refers to it; for the first, the
    /// variable or root.
    pub edge: String,
    /// What it is: its constructor, or the name and place of a function.
    pub what: String,
}

/// What leaks, why it is alive, and what would break it.
#[derive(Clone, PartialEq, Debug)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// How sure the rule is, from 0 to 1.
    pub confidence: f64,
    /// One short line.
    pub title: Message,
    /// A paragraph for people. Holds no contents of strings.
    pub sentence: Paragraph,
    /// The numbers.
    pub evidence: Evidence,
    /// Who is to blame.
    pub culprit: Culprit,
    /// Why it is alive: from the root to one that leaks.
    pub path: Vec<Step>,
    /// What would break it.
    pub fix: Message,
    /// Whether it is a collection that replaces its entries, has a bound, or grows less and less.
    pub is_filling: bool,
    /// The same for the same leak in every run, as long as names stay.
    pub signature: String,
    /// The code that it is about, the most important first. Empty if no source is at hand.
    pub frames: Vec<Frame>,
    /// What the frames are made of.
    pub(crate) marks: Vec<Mark>,
    /// Objects that this finding explains.
    pub(crate) claims: HashSet<NodeIx>,
    /// The collection that it is about, if it is about one: what is in it is explained.
    pub(crate) subject: Option<NodeIx>,
    /// What accumulates: entries, listeners, timers. Whatever new these reach is explained.
    pub(crate) entries: Vec<NodeIx>,
    /// What keeps the entries, as a part of a sentence: `` `cache` (app.js:3:7) ``.
    pub(crate) keeper: Option<Message>,
    /// The collection that keeps the functions, if that grows, too.
    pub(crate) kept_in: Option<Message>,
    /// What keeps the same entries as well: findings that were merged into this one.
    pub(crate) also: Vec<Message>,
}

impl Finding {
    /// A finding of which nothing but this is told: rules fill in what they know.
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
            marks: Vec::new(),
            claims: HashSet::new(),
            subject: None,
            entries: Vec::new(),
            keeper: None,
            kept_in: None,
            also: Vec::new(),
        }
    }

    /// What else keeps the same objects, as parts of a sentence: findings with one cause
    /// are told as one.
    #[must_use]
    pub fn also_held_by(&self) -> &[Message] {
        &self.also
    }
}
