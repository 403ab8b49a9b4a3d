//! Blanks the contents of strings and comments in a script; the code stays where it is.
//!
//! Contents are those of string literals, templates, regular expressions and comments. Each UTF-16
//! unit becomes a space, so lines and columns do not change.

use std::path::Path;

use oxc_allocator::Allocator;
use oxc_ast::ast::{Directive, JSXText, Program, RegExpLiteral, StringLiteral, TemplateElement};
use oxc_ast_visit::Visit;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::{SourceType, Span};

use super::scopes;

/// Returns the text with its contents blanked. Parses it on a thread with a large stack. Returns
/// `None` if the text cannot be parsed, because strings and code are indistinguishable then, or if
/// no thread can be started.
pub(crate) fn blanked(text: String) -> Option<String> {
    if scopes::depth(&text) > scopes::MAX_BRACKET_DEPTH {
        return None;
    }
    scopes::on_large_stack(text.len(), move || blank(&text)).flatten()
}

/// Returns the text with `…` for each UTF-16 unit that [`blanked`] removes, so that readers see
/// that something is hidden.
pub(crate) fn hidden(text: &str) -> Option<String> {
    let blanked = blanked(text.to_owned())?;
    let mut left = blanked.encode_utf16();
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let mut buffer = [0; 2];
        let units = character.encode_utf16(&mut buffer);
        // Compares all units, so that `left` stays aligned with `units` after a blanked one.
        let is_same = units.iter().fold(true, |same, unit| (left.next() == Some(*unit)) & same);
        if is_same {
            out.push(character);
        } else {
            out.extend(std::iter::repeat_n('…', units.len()));
        }
    }
    Some(out)
}

/// Returns `text` with the contents of strings, templates, regular expressions and comments
/// replaced by spaces. `None` if it cannot be parsed.
fn blank(text: &str) -> Option<String> {
    // A file for `require` may return at its top; a module may await; sources of maps have types
    // and JSX.
    [SourceType::cjs(), SourceType::mjs(), SourceType::ts(), SourceType::tsx()]
        .into_iter()
        .find_map(|kind| {
            let allocator = Allocator::default();
            let options =
                ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
            let parsed = Parser::new(&allocator, text, kind).with_options(options).parse();
            if parsed.panicked || !parsed.errors.is_empty() {
                return None;
            }
            Some(without(text, contents(text, &parsed.program)?))
        })
}

/// Collects the spans to blank.
struct Contents<'t> {
    text: &'t str,
    /// The parts to replace.
    spans: Vec<Span>,
}

impl<'a> Visit<'a> for Contents<'_> {
    fn visit_directive(&mut self, directive: &Directive<'a>) {
        // `use strict` decides how the rest is parsed.
        if directive.directive != "use strict" {
            self.visit_string_literal(&directive.expression);
        }
    }

    fn visit_string_literal(&mut self, literal: &StringLiteral<'a>) {
        self.spans.push(literal.span.shrink(1));
    }

    fn visit_template_element(&mut self, element: &TemplateElement<'a>) {
        self.spans.push(element.span);
    }

    fn visit_reg_exp_literal(&mut self, literal: &RegExpLiteral<'a>) {
        let Span { start, end, .. } = literal.span;
        let flags = literal.span.source_text(self.text).rfind('/').unwrap_or(0);
        let end = u32::try_from(flags).map_or(end, |flags| start + flags);
        self.spans.push(Span::new(start + 1, end.max(start + 1)));
    }

    fn visit_jsx_text(&mut self, element: &JSXText<'a>) {
        self.spans.push(element.span);
    }
}

/// Returns the spans to blank, in order. `None` if spans overlap.
fn contents(text: &str, program: &Program<'_>) -> Option<Vec<Span>> {
    let mut contents = Contents { text, spans: Vec::new() };
    contents.visit_program(program);
    let mut spans = contents.spans;
    if let Some(hashbang) = &program.hashbang {
        spans.push(Span::new(hashbang.span.start + 2, hashbang.span.end));
    }
    let comments = program.comments.iter().map(|comment| comment.span);
    spans.extend(comments.filter_map(|span| content_of_comment(text, span)));
    spans.sort_unstable_by_key(|span| span.start);
    let is_plain = spans.windows(2).all(|pair| pair[0].end <= pair[1].start)
        && spans.iter().all(|span| text.get(span.start as usize..span.end as usize).is_some());
    is_plain.then_some(spans)
}

/// Returns the text between the delimiters of a comment; `None` for the name of a source map.
fn content_of_comment(text: &str, span: Span) -> Option<Span> {
    let comment = text.get(span.start as usize..span.end as usize)?;
    if is_map_name(comment) {
        return None;
    }
    let opening = ["//", "/*", "<!--", "-->"].into_iter().find(|&mark| comment.starts_with(mark));
    let closing = if comment.starts_with("/*") && comment.ends_with("*/") { 2 } else { 0 };
    let opening = u32::try_from(opening.map_or(0, str::len)).unwrap_or(0);
    Some(Span::new(span.start + opening, (span.end - closing).max(span.start + opening)))
}

/// Returns whether a comment is the name of a source map, such as `//#
/// sourceMappingURL=app.js.map`, and cannot carry other data.
fn is_map_name(comment: &str) -> bool {
    let name = comment.strip_prefix("//# sourceMappingURL=").map(str::trim_end);
    name.is_some_and(|name| {
        !name.is_empty()
            && Path::new(name).extension().is_some_and(|extension| extension == "map")
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/@+".contains(&byte))
    })
}

/// Returns the text with spaces in place of the spans. Keeps line ends, and in strings the
/// backslash before one.
fn without(text: &str, spans: Vec<Span>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for span in spans {
        let (start, end) = (span.start as usize, span.end as usize);
        out.push_str(&text[at..start]);
        let mut characters = text[start..end].chars().peekable();
        while let Some(character) = characters.next() {
            let next_ends_line = characters.peek().is_some_and(|&next| ends_line(next));
            if ends_line(character) || character == '\\' && next_ends_line {
                out.push(character);
            } else {
                out.extend(std::iter::repeat_n(' ', character.len_utf16()));
            }
        }
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

/// Returns whether a character ends a line in JavaScript. Such characters stay, so that line
/// numbers do not change.
fn ends_line(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(blank(text).as_deref(), Some(expected), "{text}");
        // The result can be parsed again, and has nothing left to blank.
        assert_eq!(blank(expected).as_deref(), Some(expected), "{text}");
    }

    #[test]
    fn contents_become_spaces() {
        check("const a = 'secret';", "const a = '      ';");
        check("f(`a${b}c${`d`}`);", "f(` ${b} ${` `}`);");
        check("/p[/]w\\/d/giu.test(x)", "/        /giu.test(x)");
        check("a(); // token", "a(); //      ");
        check("/* a\n * b */ a()", "/*  \n     */ a()");
        check("#!/usr/bin/env node\na()", "#!                 \na()");
        check("import a from 'm'; export { a as 'b' };", "import a from ' '; export { a as ' ' };");
        check(
            "class A { 'b' = 1; static c = { \"d\": 2 } }",
            "class A { ' ' = 1; static c = { \" \": 2 } }",
        );
        check("if (x) return 'a';", "if (x) return ' ';");
        check("const s = await f('a');", "const s = await f(' ');");
    }

    #[test]
    fn directives_that_decide_how_a_script_is_read_stay() {
        check("'use strict'; 'password'", "'use strict'; '        '");
    }

    #[test]
    fn what_is_hidden_is_seen_to_be() {
        let text = "f('a \u{1F511}', `b${c}`); // d e\ng(/h/)";
        let expected = "f('… ……', `…${c}`); // … …\ng(/…/)";
        assert_eq!(hidden(text).as_deref(), Some(expected));
        assert_eq!(hidden("const = 'a'"), None);
    }

    #[test]
    fn positions_stay() {
        check("f('\u{1F511}\u{e9}', 1)", "f('   ', 1)");
        check("f('a\\\nb', `c\\\nd\r\ne`)", "f(' \\\n ', ` \\\n \r\n `)");
        check("f('\u{2028}a')", "f('\u{2028} ')");
        check("a\n<!-- token\nb", "a\n<!--      \nb");
    }

    #[test]
    fn names_of_source_maps_stay_unless_they_carry_data() {
        check("a()\n//# sourceMappingURL=a.js.map\n", "a()\n//# sourceMappingURL=a.js.map\n");
        for url in ["data:application/json;base64,e30=", "a.map?token=1", "https://a:b@c/d.map"] {
            let text = format!("a()\n//# sourceMappingURL={url}");
            let spaces = " ".repeat(text.len() - 6);
            check(&text, &format!("a()\n//{spaces}"));
        }
    }

    #[test]
    fn what_cannot_be_read_is_none() {
        assert_eq!(blank("const = 'secret'"), None);
        assert_eq!(blanked(format!("{}'a'", "[".repeat(scopes::MAX_BRACKET_DEPTH + 1))), None);
    }
}
