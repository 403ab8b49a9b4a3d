//! Code frames: the lines around the positions of a finding, with labels, in the form in which
//! compilers show errors.

mod line;

use std::collections::HashMap;

use crate::label::{Frame, Label, Mark, Role};
use crate::message::{Message, messages};
use crate::place::Place;
use crate::retaining_path;
use crate::source::{Position, Script, Site, Sources};

use line::{MAX_COLUMNS, Window};

/// Lines shown before and after a label.
const CONTEXT_LINES: u32 = 2;

/// Maximum number of lines in one frame.
const MAX_LINES: u32 = 12;

impl Role {
    /// Returns the text of a label for the given name.
    fn text(self, name: &str) -> Message {
        let name = retaining_path::named(name);
        match self {
            Self::Variable => VariableLabel { name }.into(),
            Self::Keeper => KeeperLabel {}.into(),
            Self::Made => MadeLabel { name }.into(),
            Self::Added => AddedLabel { name }.into(),
            Self::Listener => ListenerLabel {}.into(),
            Self::Callback => CallbackLabel {}.into(),
            Self::Passed => PassedLabel {}.into(),
        }
    }
}

messages! {
    VariableLabel("label.variable") { name }
    KeeperLabel("label.keeper") {}
    MadeLabel("label.made") { name }
    AddedLabel("label.added") { name }
    ListenerLabel("label.listener") {}
    CallbackLabel("label.callback") {}
    PassedLabel("label.passed") {}
}

impl Mark {
    /// Returns a mark of the code at `site`.
    pub(crate) fn new(script: &str, site: &Site, role: Role, name: &str) -> Self {
        Self {
            script: script.to_owned(),
            line: site.line,
            column: site.column,
            length: site.end_column.saturating_sub(site.column),
            role,
            name: name.to_owned(),
            within: site.function.clone(),
        }
    }
}

/// A mark, translated to the text that is shown.
struct Spot {
    line: u32,
    column: u32,
    length: u32,
    role: Role,
    text: Message,
    is_primary: bool,
}

/// A file to show, with the marks in it.
struct File {
    name: String,
    lines: Vec<String>,
    spots: Vec<Spot>,
}

/// Makes the frames of a finding. The first mark is the primary one: the frames of its file come
/// first, and frames of one file are in the order of lines.
pub(crate) fn frames(sources: &mut Sources, marks: &[Mark]) -> Vec<Frame> {
    let mut files = Files::default();
    let mut has_primary = false;
    for mark in marks {
        let Some(script) = sources.script_named(&mark.script) else { continue };
        let original = Sources::position(&script, &mark.script, mark.line, mark.column);
        // A source map can lead to a source whose text is not available; then the script itself is
        // shown.
        for position in [original, Position::generated(&mark.script, mark.line, mark.column)] {
            let Some(file) = files.find(sources, &script, &position) else { continue };
            has_primary |= file.add(&position, mark, !has_primary);
            break;
        }
    }
    files.all.iter_mut().flat_map(File::frames).collect()
}

/// The files of a finding, in the order of their first marks.
#[derive(Default)]
struct Files {
    all: Vec<File>,
    by_name: HashMap<String, Option<usize>>,
}

impl Files {
    /// Returns the file of a position, if its text may be shown.
    fn find(
        &mut self,
        sources: &Sources,
        script: &Script,
        position: &Position,
    ) -> Option<&mut File> {
        if !self.by_name.contains_key(&position.file) {
            let file = sources.text(script, position).map(|text| {
                let lines = text.split('\n').map(|line| line.trim_end_matches('\r').to_owned());
                let name = sources.shown_file(position);
                self.all.push(File { name, lines: lines.collect(), spots: Vec::new() });
                self.all.len() - 1
            });
            self.by_name.insert(position.file.clone(), file);
        }
        let at = *self.by_name.get(&position.file)?;
        self.all.get_mut(at?)
    }
}

impl File {
    /// Adds a mark. Returns `false` if the line is not in the file, or the position is already
    /// marked.
    fn add(&mut self, position: &Position, mark: &Mark, is_primary: bool) -> bool {
        let Position { line, column, is_original, .. } = *position;
        let Some(text) = self.lines.get(line as usize) else { return false };
        if self.spots.iter().any(|spot| (spot.line, spot.column) == (line, column)) {
            return false;
        }
        let length = if is_original { line::word_at(text, column) } else { mark.length };
        let text = mark.role.text(&mark.name);
        let spot = Spot { line, column, length: length.max(1), role: mark.role, text, is_primary };
        self.spots.push(spot);
        true
    }

    /// Returns the frames of the file, in the order of lines.
    fn frames(&mut self) -> Vec<Frame> {
        self.spots.sort_by_key(|spot| (spot.line, spot.column));
        let mut frames = Vec::new();
        let mut rest = self.spots.as_slice();
        let mut next_line = 0;
        while !rest.is_empty() {
            let fits = |at: &usize| rest[..*at].iter().all(|spot| self.is_near(spot, &rest[*at]));
            let (spots, others) = rest.split_at(1 + (1..rest.len()).take_while(fits).count());
            let frame = self.frame(spots, next_line);
            next_line = frame.first_line - 1 + position(frame.lines.len());
            frames.push(frame);
            rest = others;
        }
        frames
    }

    /// Returns whether one frame shows both spots.
    fn is_near(&self, before: &Spot, after: &Spot) -> bool {
        if after.line != before.line {
            return after.line - before.line < MAX_LINES - 2 * CONTEXT_LINES;
        }
        after.column - before.column < MAX_COLUMNS / 2
            || line::units(self.line(before.line)) <= MAX_COLUMNS
    }

    /// Returns a line of the file, 0-based; empty if there is none.
    fn line(&self, line: u32) -> &str {
        self.lines.get(line as usize).map_or("", String::as_str)
    }

    /// Returns the frame of neighbouring spots. It shows no line before `min_line`, because the
    /// previous frame does.
    fn frame(&self, spots: &[Spot], min_line: u32) -> Frame {
        let of = |line: u32| spots.iter().filter(move |spot| spot.line == line);
        let marked = |line: u32| of(line).map(|spot| spot.column).min();
        let (first, last) =
            spots.first().zip(spots.last()).map_or((0, 0), |(a, b)| (a.line, b.line));
        let end = (last + CONTEXT_LINES).min(position(self.lines.len()).saturating_sub(1));
        let mut lines: Vec<u32> =
            (first.saturating_sub(CONTEXT_LINES).max(min_line.min(first))..=end).collect();
        let is_blank = |line: u32| of(line).next().is_none() && self.line(line).trim().is_empty();
        lines.drain(..lines.iter().take_while(|&&line| is_blank(line)).count());
        lines
            .truncate(lines.len() - lines.iter().rev().take_while(|&&line| is_blank(line)).count());
        let (mut texts, mut labels) = (Vec::new(), Vec::new());
        for &line in &lines {
            let window = Window::new(self.line(line), marked(line));
            labels.extend(of(line).map(|spot| {
                let end = spot.column.saturating_add(spot.length);
                let (from, to) = (window.column(spot.column), window.column(end));
                Label {
                    line: line + 1,
                    column: from + 1,
                    length: to.saturating_sub(from).max(1),
                    role: spot.role,
                    text: spot.text.clone(),
                    is_primary: spot.is_primary,
                }
            }));
            texts.push(window.text);
        }
        let main = spots.iter().find(|spot| spot.is_primary).or(spots.first());
        let (line, column) = main.map_or((0, 0), |spot| (spot.line, spot.column));
        Frame {
            location: Place { file: self.name.clone(), line: line + 1, column: column + 1 },
            first_line: lines.first().map_or(1, |line| line + 1),
            lines: texts,
            labels,
        }
    }
}

fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
