//! Findings for JavaScript.

use findings::{
    Culprit, Evidence, Explained, Frame, Growth, Label, Place, Report,
    ScopeVariable as CoreVariable, Step,
};
use napi_derive::napi;

use super::members::FindingMembers;
use super::message::JsMessage;
use crate::error::to_number;

/// A position in the source code.
#[napi(object, object_from_js = false)]
pub struct SourcePlace {
    /// The file, relative to the working directory if it is below it.
    pub file: String,
    /// The line, 1-based.
    pub line: u32,
    /// The column, 1-based, in UTF-16 units.
    pub column: u32,
}

impl From<Place> for SourcePlace {
    fn from(place: Place) -> Self {
        Self { file: place.file, line: place.line, column: place.column }
    }
}

/// The part of the heap's growth that a finding explains.
#[napi(object, object_from_js = false)]
pub struct FindingShare {
    /// Bytes per step that the finding explains.
    pub bytes_per_step: f64,
    /// Bytes per step that the heap gained and retained in total.
    pub of_bytes_per_step: f64,
}

impl From<Explained> for FindingShare {
    fn from(explained: Explained) -> Self {
        Self {
            bytes_per_step: to_number(explained.bytes_per_step),
            of_bytes_per_step: to_number(explained.of_bytes_per_step),
        }
    }
}

/// The numbers behind a finding.
#[napi(object, object_from_js = false)]
pub struct FindingEvidence {
    /// Bytes that would be freed in the last snapshot.
    pub bytes: f64,
    /// Number of entries, listeners, timers and the like.
    pub count: f64,
    /// The number in each snapshot, oldest first.
    pub counts: Vec<f64>,
    /// How many were added per step, on average; not with one snapshot.
    pub growth_per_step: Option<f64>,
    /// Bytes added per step, on average; not with one snapshot.
    pub bytes_per_step: Option<f64>,
    /// The part of the heap's growth that it explains; not with one snapshot.
    pub explained: Option<FindingShare>,
}

impl From<Evidence> for FindingEvidence {
    fn from(evidence: Evidence) -> Self {
        Self {
            bytes: to_number(evidence.bytes),
            count: to_number(evidence.count),
            counts: evidence.counts.into_iter().map(to_number).collect(),
            growth_per_step: evidence.growth_per_step,
            bytes_per_step: evidence.bytes_per_step,
            explained: evidence.explained.map(Into::into),
        }
    }
}

/// The names to blame.
#[napi(object, object_from_js = false)]
pub struct FindingCulprit {
    /// The variable that retains it.
    pub variable: Option<String>,
    /// The property that retains it.
    pub property: Option<String>,
    /// The constructor of the retained object, or of its retainer.
    pub constructor: Option<String>,
    /// The function that creates, adds or retains it.
    pub function: Option<String>,
    /// The line to look at first.
    pub location: Option<SourcePlace>,
}

impl From<Culprit> for FindingCulprit {
    fn from(culprit: Culprit) -> Self {
        Self {
            variable: culprit.variable,
            property: culprit.property,
            constructor: culprit.constructor,
            function: culprit.function,
            location: culprit.location.map(Into::into),
        }
    }
}

/// One reference on the retaining path.
#[napi(object, object_from_js = false)]
pub struct FindingStep {
    /// V8's id of the object that the reference leads to.
    pub id: u32,
    /// How the previous object refers to it; of the first step, the variable or root.
    pub edge: String,
    /// The constructor of the object, or the name and location of a function.
    pub what: String,
}

impl From<Step> for FindingStep {
    fn from(step: Step) -> Self {
        Self { id: step.id, edge: step.edge, what: step.what }
    }
}

/// A labelled part of a line.
#[napi(object, object_from_js = false)]
pub struct FrameLabel {
    /// The line of the file, 1-based.
    pub line: u32,
    /// The column in the text of the frame's line, 1-based, in UTF-16 units.
    pub column: u32,
    /// The length in UTF-16 units.
    pub length: u32,
    /// The role of the code.
    pub role: String,
    /// The label for people.
    pub text: String,
    /// `text` as a message.
    #[napi(ts_type = "import('./findings.js').FindingMessage")]
    pub message: JsMessage,
    /// Whether it is the most important label of the finding.
    pub is_primary: bool,
}

impl From<Label> for FrameLabel {
    fn from(label: Label) -> Self {
        let Label { line, column, length, role, text, is_primary } = label;
        let role = role.word().to_owned();
        Self {
            line,
            column,
            length,
            role,
            text: text.to_string(),
            message: text.into(),
            is_primary,
        }
    }
}

/// Consecutive lines of a file, with labels.
#[napi(object, object_from_js = false)]
pub struct CodeFrame {
    /// The position of its most important label.
    pub location: SourcePlace,
    /// The number of the first line, 1-based.
    pub first_line: u32,
    /// The lines; long ones are cut around their labels.
    pub lines: Vec<String>,
    /// The labels, in order of line and column.
    pub labels: Vec<FrameLabel>,
}

impl From<Frame> for CodeFrame {
    fn from(frame: Frame) -> Self {
        Self {
            location: frame.location.into(),
            first_line: frame.first_line,
            lines: frame.lines,
            labels: frame.labels.into_iter().map(Into::into).collect(),
        }
    }
}

/// The texts of a finding as messages: ids of texts and their arguments.
#[napi(object, object_from_js = false)]
pub struct FindingMessages {
    /// The title.
    #[napi(ts_type = "import('./findings.js').FindingMessage")]
    pub title: JsMessage,
    /// The paragraph, sentence by sentence.
    #[napi(ts_type = "Array<import('./findings.js').FindingMessage>")]
    pub sentence: Vec<JsMessage>,
    /// How to fix it.
    #[napi(ts_type = "import('./findings.js').FindingMessage")]
    pub fix: JsMessage,
}

/// A leak, or waste: its culprit, why it is alive, and how to fix it.
#[napi(object, object_from_js = false)]
pub struct Finding {
    /// The kind of leak.
    pub kind: String,
    /// `leak`, `suspect` or `waste`.
    pub severity: String,
    /// How certain it is, from 0 to 1.
    pub confidence: f64,
    /// One short line.
    pub title: String,
    /// A paragraph.
    pub sentence: String,
    /// The numbers.
    pub evidence: FindingEvidence,
    /// The names to blame.
    pub culprit: FindingCulprit,
    /// The retaining path.
    pub path: Vec<FindingStep>,
    /// Other retainers of the same objects.
    pub also_held_by: Option<Vec<String>>,
    /// How to fix it.
    pub fix: String,
    /// `title`, `sentence` and `fix` as messages.
    pub messages: FindingMessages,
    /// Whether it is a collection that is still filling up; left out if it is not.
    pub is_filling: Option<bool>,
    /// Identifies the leak across runs.
    pub signature: String,
    /// The lines of code to look at, the most important first.
    pub frames: Vec<CodeFrame>,
    /// The objects, as far as their allocation is known.
    pub members: Option<FindingMembers>,
}

impl From<findings::Finding> for Finding {
    fn from(finding: findings::Finding) -> Self {
        let also: Vec<String> = finding.also_held_by().iter().map(ToString::to_string).collect();
        Self {
            also_held_by: (!also.is_empty()).then_some(also),
            kind: finding.kind.word().to_owned(),
            severity: finding.severity.word().to_owned(),
            confidence: finding.confidence,
            title: finding.title.to_string(),
            sentence: finding.sentence.to_string(),
            evidence: finding.evidence.into(),
            culprit: finding.culprit.into(),
            path: finding.path.into_iter().map(Into::into).collect(),
            fix: finding.fix.to_string(),
            messages: FindingMessages {
                title: finding.title.into(),
                sentence: finding.sentence.0.into_iter().map(Into::into).collect(),
                fix: finding.fix.into(),
            },
            is_filling: finding.is_filling.then_some(true),
            signature: finding.signature,
            frames: finding.frames.into_iter().map(Into::into).collect(),
            members: finding.members.map(Into::into),
        }
    }
}

/// How much a heap grew over several snapshots.
#[napi(object, object_from_js = false)]
pub struct HeapGrowth {
    /// Bytes of the whole heap in each snapshot, oldest first.
    pub sizes: Vec<f64>,
    /// Bytes per step of new objects that were added at a steady rate and retained.
    pub steady_per_step: f64,
    /// The part of `steadyPerStep` that findings of severity `leak` explain.
    pub explained_per_step: f64,
}

impl From<Growth> for HeapGrowth {
    fn from(growth: Growth) -> Self {
        Self {
            sizes: growth.sizes.into_iter().map(to_number).collect(),
            steady_per_step: to_number(growth.steady_per_step),
            explained_per_step: to_number(growth.explained_per_step),
        }
    }
}

/// The texts of a report as messages.
#[napi(object, object_from_js = false)]
pub struct LeakReportMessages {
    /// The conclusion, sentence by sentence.
    #[napi(ts_type = "Array<import('./findings.js').FindingMessage>")]
    pub conclusion: Vec<JsMessage>,
}

/// Findings, the growth of the heap, and a conclusion.
#[napi(object, object_from_js = false)]
pub struct LeakReport {
    /// The most important first.
    pub findings: Vec<Finding>,
    /// How much the heap grew.
    pub growth: HeapGrowth,
    /// The growth in a few sentences, with advice.
    pub conclusion: String,
    /// `conclusion` as messages.
    pub messages: LeakReportMessages,
}

impl From<Report> for LeakReport {
    fn from(Report { findings, growth, conclusion }: Report) -> Self {
        let findings = findings.into_iter().map(Into::into).collect();
        Self {
            findings,
            growth: growth.into(),
            conclusion: conclusion.to_string(),
            messages: LeakReportMessages {
                conclusion: conclusion.0.into_iter().map(Into::into).collect(),
            },
        }
    }
}

/// A variable of the scopes in which the functions of a group were created.
#[napi(object, object_from_js = false)]
pub struct ScopeVariable {
    /// Its name.
    pub name: String,
    /// Bytes that only these scopes retain through it.
    pub bytes: f64,
    /// Whether these functions read it, if the source decides it.
    pub is_read: Option<bool>,
}

impl From<CoreVariable> for ScopeVariable {
    fn from(variable: CoreVariable) -> Self {
        Self { name: variable.name, bytes: to_number(variable.bytes), is_read: variable.is_read }
    }
}

/// The living functions that one piece of code created.
#[napi(object, object_from_js = false)]
pub struct ClosureGroup {
    /// The name of the functions.
    pub name: String,
    /// Where they are defined.
    pub location: Option<SourcePlace>,
    /// The number of functions that are alive.
    pub count: f64,
    /// Bytes that would be freed if all of them were.
    pub retained_size: f64,
    /// V8's id of one of them.
    pub example: u32,
    /// The variables of their scopes, most bytes first.
    pub variables: Vec<ScopeVariable>,
}

impl From<findings::ClosureGroup> for ClosureGroup {
    fn from(group: findings::ClosureGroup) -> Self {
        Self {
            name: group.name,
            location: group.location.map(Into::into),
            count: to_number(group.count),
            retained_size: to_number(group.retained_size),
            example: group.example,
            variables: group.variables.into_iter().map(Into::into).collect(),
        }
    }
}
