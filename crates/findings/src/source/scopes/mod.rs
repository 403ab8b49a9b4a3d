//! Answers questions about functions, variables and collections from the parsed text of a script.

mod collect;
mod keys;
mod parse;
mod sites;

use oxc_span::Span;

use collect::Events;
pub(super) use parse::{MAX_BRACKET_DEPTH, depth, on_large_stack, read};
pub(crate) use sites::{Site, Target};

/// A function that reads a variable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Reader {
    /// A function with a name.
    Named(String),
    /// An anonymous function, by the line on which it starts, 1-based.
    InLine(u32),
}

/// Whether living functions read a variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Usage {
    /// A living function reads or writes it.
    Used,
    /// No living function names it, but one can reach it through `eval` or `with`.
    Reachable,
    /// No living function reads it.
    Unused,
    /// The text does not decide it, because it does not match the code that ran.
    Unknown,
}

/// A function in a text.
#[derive(Clone, Debug)]
struct Function {
    /// The start that V8 reports: at the parameters, `async` or `class`.
    start: u32,
    /// The text of the function.
    span: Span,
    name: Option<String>,
    /// The offset of the name.
    named: Option<u32>,
    /// The name with that of its class: `Class.method`, `new Class`.
    label: Option<String>,
    /// The class, if it is a method or the constructor.
    class: Option<String>,
    /// How the function was defined.
    kind: FunctionKind,
    /// The span that represents it in a code frame: its name, or else its parameters.
    head: Span,
    /// The callee of the call that it is an argument of.
    passed_to: Option<Span>,
}

/// The syntax of a function. For V8, classes and their static blocks are functions, too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum FunctionKind {
    Plain,
    Arrow,
    Class,
    StaticBlock,
}

/// A variable in a text.
#[derive(Debug)]
struct Binding {
    name: String,
    /// The scope that declares it.
    scope: Span,
    /// Offset of the declaration.
    declared: u32,
    /// Offsets of the uses.
    references: Vec<u32>,
}

/// The declarations and uses of a script.
#[derive(Default, Debug)]
pub(crate) struct Scopes {
    text: String,
    /// Offset of the start of each line.
    lines: Vec<u32>,
    /// Sorted by start.
    functions: Vec<Function>,
    /// All variables of the script.
    bindings: Vec<Binding>,
    /// Direct `eval` and `with`, which can read any variable.
    evals: Vec<u32>,
    this: Vec<u32>,
    /// The uses of variables and properties.
    events: Events,
}

fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl Scopes {
    /// Returns the parsed text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the byte offset of a 0-based line and a 0-based column in UTF-16 units.
    fn offset(&self, line: u32, column: u32) -> Option<u32> {
        let start = *self.lines.get(line as usize)?;
        let rest = self.text.get(start as usize..)?;
        let mut units = 0;
        for (at, character) in rest.char_indices() {
            if units >= column {
                return Some(start + position(at));
            }
            units += u32::try_from(character.len_utf16()).unwrap_or(1);
        }
        (units >= column).then(|| position(self.text.len()))
    }

    /// Returns the 0-based line and column of a byte offset.
    fn location(&self, offset: u32) -> (u32, u32) {
        let line = self.lines.partition_point(|&start| start <= offset).saturating_sub(1);
        let start = self.lines.get(line).copied().unwrap_or_default();
        let column = self
            .text
            .get(start as usize..offset as usize)
            .map_or(0, |text| text.encode_utf16().count());
        (position(line), position(column))
    }

    /// Returns the function that starts at the position reported by V8.
    fn function(&self, line: u32, column: u32) -> Option<usize> {
        let offset = self.offset(line, column)?;
        self.functions.iter().position(|function| function.start == offset)
    }

    /// Returns whether the functions that start at `living` read `variable` of the scope around
    /// them. `around` are those of `living` that were created directly in that scope.
    pub(crate) fn usage(
        &self,
        variable: &str,
        living: &[(u32, u32)],
        around: &[(u32, u32)],
    ) -> Usage {
        let find = |places: &[(u32, u32)]| -> Option<Vec<&Function>> {
            places
                .iter()
                .map(|&(line, column)| self.function(line, column).map(|at| &self.functions[at]))
                .collect()
        };
        let (Some(living), Some(around)) = (find(living), find(around)) else {
            return Usage::Unknown;
        };
        let is_in = |positions: &[u32]| {
            positions.iter().any(|&at| {
                living.iter().any(|function| function.span.start <= at && at < function.span.end)
            })
        };
        let is_read = if variable == "this" {
            Some(is_in(&self.this))
        } else {
            self.binding(variable, &around).map(|binding| is_in(&binding.references))
        };
        match is_read {
            Some(true) => Usage::Used,
            _ if is_in(&self.evals) => Usage::Reachable,
            Some(false) => Usage::Unused,
            None => Usage::Unknown,
        }
    }

    /// Returns the innermost variable with this name whose scope contains all of `functions`.
    fn binding(&self, variable: &str, functions: &[&Function]) -> Option<&Binding> {
        self.binding_index(variable, functions).map(|at| &self.bindings[at])
    }

    /// Returns the index of the innermost variable with this name whose scope contains all of
    /// `functions`.
    fn binding_index(&self, variable: &str, functions: &[&Function]) -> Option<usize> {
        let sees = |binding: &Binding, function: &Function| {
            binding.scope.start <= function.span.start
                && function.span.end <= binding.scope.end
                && binding.scope != function.span
        };
        let visible = self.bindings.iter().enumerate().filter(|(_, binding)| {
            binding.name == variable && functions.iter().all(|function| sees(binding, function))
        });
        Some(visible.min_by_key(|(_, binding)| binding.scope.end - binding.scope.start)?.0)
    }

    /// Returns the variable with this name that has the largest scope.
    fn outermost(&self, variable: &str) -> Option<usize> {
        let all = self.bindings.iter().enumerate();
        let named = all.filter(|(_, binding)| binding.name == variable);
        Some(named.max_by_key(|(_, binding)| binding.scope.end - binding.scope.start)?.0)
    }

    /// Returns the declaration of a variable visible to the function at a position.
    pub(crate) fn declaration(
        &self,
        variable: &str,
        (line, column): (u32, u32),
    ) -> Option<(u32, u32)> {
        let function = &self.functions[self.function(line, column)?];
        Some(self.location(self.binding(variable, &[function])?.declared))
    }

    /// Returns the functions that read a variable.
    pub(crate) fn readers(&self, variable: &str, around: &[(u32, u32)]) -> Vec<Reader> {
        let functions: Option<Vec<&Function>> = around
            .iter()
            .map(|&(line, column)| self.function(line, column).map(|at| &self.functions[at]))
            .collect();
        let Some(binding) = functions.and_then(|functions| self.binding(variable, &functions))
        else {
            return Vec::new();
        };
        let mut readers = Vec::new();
        for &at in &binding.references {
            // The outermost function inside the scope is the one that captures.
            let reader = self
                .functions
                .iter()
                .filter(|f| {
                    f.span.start <= at
                        && at < f.span.end
                        && f.span.start >= binding.scope.start
                        && f.span.end <= binding.scope.end
                        && f.span != binding.scope
                })
                .min_by_key(|f| f.span.start);
            if let Some(reader) = reader {
                let (line, _) = self.location(reader.start);
                let reader = reader.name.clone().map_or(Reader::InLine(line + 1), Reader::Named);
                if !readers.contains(&reader) {
                    readers.push(reader);
                }
            }
        }
        readers
    }

    /// Returns the name of the function whose scope, or a block in it, declares a variable visible
    /// to the function at a position.
    pub(crate) fn owner(&self, variable: &str, (line, column): (u32, u32)) -> Option<String> {
        let function = &self.functions[self.function(line, column)?];
        let scope = self.binding(variable, &[function])?.scope;
        self.functions
            .iter()
            .filter(|outer| outer.span.start <= scope.start && scope.end <= outer.span.end)
            .min_by_key(|outer| outer.span.end - outer.span.start)?
            .name
            .clone()
    }

    /// Returns the 0-based position at which a variable of the whole module is declared.
    pub(crate) fn top_level(&self, variable: &str) -> Option<(u32, u32)> {
        self.outermost(variable).map(|at| self.location(self.bindings[at].declared))
    }

    /// Returns where the innermost function around the one at a position begins, if there is one. The
    /// body of a class is run by the function around it.
    pub(crate) fn enclosing(&self, (line, column): (u32, u32)) -> Option<(u32, u32)> {
        let inner = &self.functions[self.function(line, column)?];
        let around = self.functions.iter().filter(|outer| {
            outer.kind != FunctionKind::Class
                && outer.span != inner.span
                && outer.span.start <= inner.span.start
                && inner.span.end <= outer.span.end
        });
        Some(self.location(around.max_by_key(|outer| outer.span.start)?.start))
    }

    /// Returns the position of the name of a function.
    pub(crate) fn name_place(&self, (line, column): (u32, u32)) -> Option<(u32, u32)> {
        Some(self.location(self.functions[self.function(line, column)?].named?))
    }

    /// Returns the name of the function at a position, as written in its text.
    pub(crate) fn name(&self, (line, column): (u32, u32)) -> Option<String> {
        let function = &self.functions[self.function(line, column)?];
        function
            .name
            .clone()
            .filter(|_| function.kind == FunctionKind::Arrow || !function.span.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, needle: &str) -> (u32, u32) {
        let offset = text.find(needle).unwrap_or_default();
        let before = &text[..offset];
        let line = before.matches('\n').count();
        let column = offset - before.rfind('\n').map_or(0, |at| at + 1);
        (position(line), position(column))
    }

    fn usage(text: &str, variable: &str, living: &[&str]) -> Usage {
        let scopes = read(text.to_owned(), false).unwrap_or_default();
        let living: Vec<_> = living.iter().map(|needle| at(text, needle)).collect();
        scopes.usage(variable, &living, &living)
    }

    #[test]
    fn a_variable_is_unused_if_no_living_function_reads_it() {
        let text = "function f() {\n  const big = 1, small = 2;\n  const dead = () => big;\n  return (a) => small + a;\n}";
        assert_eq!(usage(text, "big", &["(a)"]), Usage::Unused);
        assert_eq!(usage(text, "small", &["(a)"]), Usage::Used);
        assert_eq!(usage(text, "big", &["(a)", "() => big"]), Usage::Used);
        assert_eq!(usage(text, "other", &["(a)"]), Usage::Unknown);
        assert_eq!(usage(text, "big", &["small"]), Usage::Unknown);
    }

    #[test]
    fn the_innermost_function_around_creates_a_function() {
        let text = "function f() { class A { m() { return (x) => x; } } return (a) => a; }\nconst g = (b) => b;";
        let scopes = read(text.to_owned(), false).unwrap_or_default();
        let around = |needle| scopes.enclosing(at(text, needle));
        assert_eq!(around("(x)"), Some(at(text, "() { return (x)")));
        assert_eq!(around("(a)"), Some(at(text, "() { class")));
        // A class is no function that runs its body.
        assert_eq!(around("() { return (x)"), Some(at(text, "() { class")));
        assert_eq!(around("(b)"), None);
    }

    #[test]
    fn eval_may_read_anything() {
        let text = "function f() { const big = 1; return (a) => eval(a); }";
        assert_eq!(usage(text, "big", &["(a)"]), Usage::Reachable);
        let text = "function f() { const big = 1; return (a) => { with (a) return b; }; }";
        assert_eq!(usage(text, "big", &["(a)"]), Usage::Reachable);
        let text = "function f() { const big = 1; return (a) => eval(a) + big; }";
        assert_eq!(usage(text, "big", &["(a)"]), Usage::Used);
    }

    #[test]
    fn shadowing_names_are_different_variables() {
        let text = "function f() { const big = 1; const dead = () => big; return (a) => { const big = a; return big; }; }";
        assert_eq!(usage(text, "big", &["(a)"]), Usage::Unused);
    }

    #[test]
    fn what_is_no_javascript_is_refused() {
        assert!(read("function (".to_owned(), false).is_none());
    }

    #[test]
    fn deep_text_does_not_end_the_process() {
        let deep = format!("{}1{}", "(".repeat(20_000), ")".repeat(20_000));
        assert!(read(deep, false).is_none());
        let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(read(deep, false).is_some());
    }
}
