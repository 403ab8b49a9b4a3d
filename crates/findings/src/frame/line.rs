//! Cuts one line of code to the width of a frame.

/// Maximum number of UTF-16 units shown of a line.
pub(super) const MAX_COLUMNS: u32 = 160;

/// UTF-16 units shown before the first mark of a line that is cut.
const BEFORE_MARK: u32 = 40;

/// A tab in a shown line.
const SPACES_OF_TAB: &str = "    ";

/// Returns the number of UTF-16 units of a text.
pub(super) fn units(text: &str) -> u32 {
    super::position(text.encode_utf16().count())
}

/// Returns the length of the token at a column: a name, a path of names such as `this.cache`, or a
/// parameter list.
pub(super) fn word_at(line: &str, column: u32) -> u32 {
    let mut at = 0;
    let rest = line.chars().skip_while(|character| {
        let is_before = at < column;
        at += super::position(character.len_utf16());
        is_before
    });
    let mut rest = rest.peekable();
    if rest.peek() == Some(&'(') {
        let inside: String = rest.take_while(|&character| character != ')').collect();
        return units(&inside) + 1;
    }
    let word: String =
        rest.take_while(|&c| c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '.')).collect();
    units(word.trim_end_matches('.'))
}

/// A line, or the part of a long line around its marks.
pub(super) struct Window {
    /// The text of the line as shown.
    pub(super) text: String,
    /// The first unit that is shown.
    start: u32,
    /// For each unit from `start` to the end of the line: its column in `text`.
    columns: Vec<u32>,
}

impl Window {
    /// Cuts a line so that `first_mark`, the column of its first mark, is shown.
    pub(super) fn new(line: &str, first_mark: Option<u32>) -> Self {
        let is_long = units(line) > MAX_COLUMNS;
        let start = match first_mark {
            Some(from) if is_long => from.saturating_sub(BEFORE_MARK),
            _ => 0,
        };
        let mut window = Self { text: String::new(), start, columns: Vec::new() };
        if start > 0 {
            window.text.push('…');
        }
        let (mut at, mut shown) = (0, units(&window.text));
        for character in line.chars() {
            let length = character.len_utf16();
            if at >= start.saturating_add(MAX_COLUMNS) {
                window.text.push('…');
                break;
            }
            if at >= start {
                window.columns.extend(std::iter::repeat_n(shown, length));
                match character {
                    '\t' => window.text.push_str(SPACES_OF_TAB),
                    _ if is_unprintable(character) => window.text.push('\u{fffd}'),
                    _ => window.text.push(character),
                }
                shown = units(&window.text);
            }
            at += super::position(length);
        }
        window.columns.push(shown);
        let length = window.text.trim_end().len();
        window.text.truncate(length);
        window
    }

    /// Returns the column in `text` of a column of the line. Columns after it map to its end.
    pub(super) fn column(&self, column: u32) -> u32 {
        let at = column.saturating_sub(self.start) as usize;
        let known = self.columns.get(at).or(self.columns.last());
        known.copied().unwrap_or_default()
    }
}

/// Returns whether a character controls a terminal, or changes the reading order of text.
fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
