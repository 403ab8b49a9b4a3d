//! What leaks, as JavaScript sees it.

use findings::{
    Culprit, Evidence, Explained, Frame, Growth, Label, Place, Report,
    ScopeVariable as CoreVariable, Step,
};
use napi_derive::napi;

use super::message::JsMessage;
use crate::error::to_number;

/// A place in the source.
#[napi(object, object_from_js = false)]
pub struct SourcePlace {
    /// Relative to the working directory if it is below it.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// 1-based.
    pub column: u32,
}

impl From<Place> for SourcePlace {
    fn from(place: Place) -> Self {
        Self { file: place.file, line: place.line, column: place.column }
    }
}

/// How much of the growth of the heap a finding explains.
#[napi(object, object_from_js = false)]
pub struct FindingShare {
    /// Bytes a step that the finding explains.
    pub bytes_per_step: f64,
    /// Bytes a step that the heap gained and kept, in all.
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
    /// Bytes that would be freed.
    pub bytes: f64,
    /// Things that make it up.
    pub count: f64,
    /// Their number in each snapshot, oldest first.
    pub counts: Vec<f64>,
    /// How many came from snapshot to snapshot, on average.
    pub growth_per_step: Option<f64>,
    /// Bytes that came with them, on average.
    pub bytes_per_step: Option<f64>,
    /// The part of the growth of the heap that it explains; not with one snapshot.
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

/// Who is to blame.
#[napi(object, object_from_js = false)]
pub struct FindingCulprit {
    /// The variable that keeps it.
    pub variable: Option<String>,
    /// The property that keeps it.
    pub property: Option<String>,
    /// The constructor of what is kept, or of what keeps it.
    pub constructor: Option<String>,
    /// The function.
    pub function: Option<String>,
    /// Where to look.
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

/// One reference on the way from a root of the program.
#[napi(object, object_from_js = false)]
pub struct FindingStep {
    /// V8's id of the object that is referred to.
    pub id: u32,
    /// How the one before refers to it; for the first, the variable or root.
    pub edge: String,
    /// What it is.
    pub what: String,
}

impl From<Step> for FindingStep {
    fn from(step: Step) -> Self {
        Self { id: step.id, edge: step.edge, what: step.what }
    }
}

/// A piece of a line with what it means.
#[napi(object, object_from_js = false)]
pub struct FrameLabel {
    /// The line of the file, 1-based.
    pub line: u32,
    /// Where it begins in the text of the line as the frame has it, 1-based.
    pub column: u32,
    /// UTF-16 units of that text.
    pub length: u32,
    /// What it is.
    pub role: String,
    /// The same for people.
    pub text: String,
    /// `text` as a message.
    #[napi(ts_type = "import('./findings.js').FindingMessage")]
    pub message: JsMessage,
    /// Whether it is the most important one of the finding.
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

/// Lines of a file that belong together.
#[napi(object, object_from_js = false)]
pub struct CodeFrame {
    /// Where its most important label is.
    pub location: SourcePlace,
    /// The number of the first line, 1-based.
    pub first_line: u32,
    /// The lines; long ones are cut around their labels.
    pub lines: Vec<String>,
    /// By line and column.
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

/// The texts of a finding as messages: ids of texts with their arguments.
#[napi(object, object_from_js = false)]
pub struct FindingMessages {
    /// The title.
    #[napi(ts_type = "import('./findings.js').FindingMessage")]
    pub title: JsMessage,
    /// The paragraph, sentence by sentence.
    #[napi(ts_type = "Array<import('./findings.js').FindingMessage>")]
    pub sentence: Vec<JsMessage>,
    /// What would break it.
    #[napi(ts_type = "import('./findings.js').FindingMessage")]
    pub fix: JsMessage,
}

/// What leaks, why it is alive, and what would break it.
#[napi(object, object_from_js = false)]
pub struct Finding {
    /// What kind of leak it is.
    pub kind: String,
    /// `leak`, `suspect` or `waste`.
    pub severity: String,
    /// From 0 to 1.
    pub confidence: f64,
    /// One short line.
    pub title: String,
    /// A paragraph.
    pub sentence: String,
    /// The numbers.
    pub evidence: FindingEvidence,
    /// Who is to blame.
    pub culprit: FindingCulprit,
    /// Why it is alive.
    pub path: Vec<FindingStep>,
    /// What else keeps the same objects.
    pub also_held_by: Option<Vec<String>>,
    /// What would break it.
    pub fix: String,
    /// `title`, `sentence` and `fix` as messages.
    pub messages: FindingMessages,
    /// Whether it is a collection that is still filling up; left out if it is not.
    pub is_filling: Option<bool>,
    /// The same for the same leak in every run.
    pub signature: String,
    /// The code that it is about.
    pub frames: Vec<CodeFrame>,
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
        }
    }
}

/// How much a heap grew over several snapshots.
#[napi(object, object_from_js = false)]
pub struct HeapGrowth {
    /// Bytes of the whole heap in each snapshot, oldest first.
    pub sizes: Vec<f64>,
    /// Bytes a step of new objects that came at a like rate in each step and stayed.
    pub steady_per_step: f64,
    /// The part of these that findings of severity `leak` explain.
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

/// What leaks, how much the heap grew, and what follows from that.
#[napi(object, object_from_js = false)]
pub struct LeakReport {
    /// Best first.
    pub findings: Vec<Finding>,
    /// How much the heap grew.
    pub growth: HeapGrowth,
    /// The same in a few sentences, with what to do next.
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

/// A variable of the scopes that functions of one place were made in.
#[napi(object, object_from_js = false)]
pub struct ScopeVariable {
    /// Its name.
    pub name: String,
    /// Bytes that the scopes alone keep through it.
    pub bytes: f64,
    /// Whether these functions read it, if the source says so.
    pub is_read: Option<bool>,
}

impl From<CoreVariable> for ScopeVariable {
    fn from(variable: CoreVariable) -> Self {
        Self { name: variable.name, bytes: to_number(variable.bytes), is_read: variable.is_read }
    }
}

/// Functions that one piece of code made.
#[napi(object, object_from_js = false)]
pub struct ClosureGroup {
    /// The name of the functions.
    pub name: String,
    /// Where they are defined.
    pub location: Option<SourcePlace>,
    /// How many are alive.
    pub count: f64,
    /// Bytes that would be freed with all of them.
    pub retained_size: f64,
    /// V8's id of one of them.
    pub example: u32,
    /// The variables of their scopes, by bytes.
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
