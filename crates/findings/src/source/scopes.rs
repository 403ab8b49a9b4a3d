//! Which functions read which variables: the one question to a parser.

use oxc_allocator::Allocator;
use oxc_ast::AstKind;
use oxc_ast::ast::AssignmentTarget;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::{Semantic, SemanticBuilder};
use oxc_span::{GetSpan, SourceType, Span};

/// Stack for the parser, which recurses on the depth of the text. Reserved, not used.
const STACK_PER_BYTE: usize = 4096;
const LEAST_STACK: usize = 256 << 20;
const MOST_STACK: usize = 1 << 30;

/// Brackets in brackets that no program has; those in strings count, too.
pub(super) const DEEPEST: usize = 10_000;

/// Whether living functions read a variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Usage {
    /// Some living function reads or writes it.
    Used,
    /// None does by name, but one may do so by `eval` or in a `with`.
    Reachable,
    /// None does.
    Unused,
    /// The text does not say: it does not match what ran.
    Unknown,
}

/// A function in a text.
#[derive(Clone, Debug)]
struct Function {
    /// Where V8 says that it starts: at its parameters, or `async` or `class`.
    start: u32,
    span: Span,
    name: Option<String>,
    /// Where that name is written.
    named: Option<u32>,
    is_arrow: bool,
}

/// A variable in a text.
#[derive(Debug)]
struct Binding {
    name: String,
    /// The scope that declares it.
    scope: Span,
    declared: u32,
    references: Vec<u32>,
}

/// What is declared and used where in a script.
#[derive(Debug)]
pub(crate) struct Scopes {
    text: String,
    lines: Vec<u32>,
    /// By start.
    functions: Vec<Function>,
    bindings: Vec<Binding>,
    /// Direct `eval` and `with`, after which nothing is certain.
    evals: Vec<u32>,
    this: Vec<u32>,
}

/// Parses a text on a thread of its own, whose stack is large enough for any text of
/// its length. `None` if it is no JavaScript, or no thread is to be had.
pub(crate) fn read(text: String, is_typescript: bool) -> Option<Scopes> {
    if depth(&text) > DEEPEST {
        return None;
    }
    on_large_stack(text.len(), move || parse(text, is_typescript)).flatten()
}

/// Runs `work` on a thread whose stack is large enough to parse a text of this length.
pub(super) fn on_large_stack<T: Send + 'static>(
    text_bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let stack = text_bytes.saturating_mul(STACK_PER_BYTE).clamp(LEAST_STACK, MOST_STACK);
    let thread = std::thread::Builder::new().name("findings-parser".to_owned()).stack_size(stack);
    thread.spawn(work).ok()?.join().ok()
}

/// How deep brackets are nested, at most.
pub(super) fn depth(text: &str) -> usize {
    let (mut open, mut deepest) = (0usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => continue,
        }
        deepest = deepest.max(open);
    }
    deepest
}

fn parse(text: String, is_typescript: bool) -> Option<Scopes> {
    let kinds = if is_typescript {
        vec![SourceType::ts(), SourceType::tsx()]
    } else {
        // What `require` loads may return; a module may await.
        vec![SourceType::cjs(), SourceType::mjs(), SourceType::ts()]
    };
    let mut found = None;
    for kind in kinds {
        let allocator = Allocator::default();
        let options =
            ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
        let parsed = Parser::new(&allocator, &text, kind).with_options(options).parse();
        if parsed.panicked || !parsed.errors.is_empty() {
            continue;
        }
        let semantic = SemanticBuilder::new().build(&parsed.program).semantic;
        found = Some(collect(&semantic));
        break;
    }
    let (functions, bindings, evals, this) = found?;
    let lines = std::iter::once(0)
        .chain(
            text.bytes()
                .enumerate()
                .filter(|&(_, byte)| byte == b'\n')
                .map(|(at, _)| position(at + 1)),
        )
        .collect();
    Some(Scopes { text, lines, functions, bindings, evals, this })
}

fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

type Collected = (Vec<Function>, Vec<Binding>, Vec<u32>, Vec<u32>);

fn collect(semantic: &Semantic<'_>) -> Collected {
    let nodes = semantic.nodes();
    let scoping = semantic.scoping();
    let mut functions = Vec::new();
    let (mut evals, mut this) = (Vec::new(), Vec::new());
    for node in nodes.iter() {
        let (start, is_arrow) = match node.kind() {
            AstKind::Function(function) => (function.params.span.start, false),
            AstKind::ArrowFunctionExpression(arrow) => (arrow.span.start, true),
            AstKind::Class(class) => (class.span.start, false),
            AstKind::StaticBlock(block) => (block.span.start, false),
            AstKind::CallExpression(call) => {
                if call.callee.is_specific_id("eval") {
                    evals.push(call.span.start);
                }
                continue;
            }
            AstKind::WithStatement(with) => {
                evals.push(with.span.start);
                continue;
            }
            AstKind::ThisExpression(expression) => {
                this.push(expression.span.start);
                continue;
            }
            _ => continue,
        };
        let id = match node.kind() {
            AstKind::Function(function) => function.id.as_ref(),
            AstKind::Class(class) => class.id.as_ref(),
            _ => None,
        };
        let parent = nodes.parent_kind(node.id());
        let name = id.map(|id| id.name.to_string()).or_else(|| name_from(parent));
        let named = match (id, parent) {
            (Some(id), _) => Some(id.span.start),
            (None, AstKind::VariableDeclarator(declarator)) => Some(declarator.span.start),
            _ => None,
        };
        let span = node.kind().span();
        functions.push(Function { start, span, name, named, is_arrow });
    }
    functions.sort_by_key(|function| (function.span.start, std::cmp::Reverse(function.span.end)));
    let bindings = scoping
        .symbol_ids()
        .map(|symbol| {
            let scope = scoping.get_node_id(scoping.symbol_scope_id(symbol));
            Binding {
                name: scoping.symbol_name(symbol).to_owned(),
                scope: nodes.kind(scope).span(),
                declared: scoping.symbol_span(symbol).start,
                references: semantic
                    .symbol_references(symbol)
                    .map(|reference| semantic.reference_span(reference).start)
                    .collect(),
            }
        })
        .collect();
    (functions, bindings, evals, this)
}

/// The name that a function without one takes from what it is assigned to.
fn name_from(parent: AstKind<'_>) -> Option<String> {
    match parent {
        AstKind::VariableDeclarator(declarator) => {
            declarator.id.get_identifier_name().map(|name| name.to_string())
        }
        AstKind::MethodDefinition(method) => method.key.static_name().map(|name| name.to_string()),
        AstKind::PropertyDefinition(property) => {
            property.key.static_name().map(|name| name.to_string())
        }
        AstKind::AssignmentExpression(assignment) => match &assignment.left {
            AssignmentTarget::StaticMemberExpression(member) => {
                Some(member.property.name.to_string())
            }
            AssignmentTarget::AssignmentTargetIdentifier(target) => Some(target.name.to_string()),
            _ => None,
        },
        AstKind::ObjectProperty(property) => {
            property.key.static_name().map(|name| name.to_string())
        }
        _ => None,
    }
}

impl Scopes {
    /// The byte at a 0-based line and a 0-based column of UTF-16 units.
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

    /// The 0-based line and column of a byte.
    fn location(&self, offset: u32) -> (u32, u32) {
        let line = self.lines.partition_point(|&start| start <= offset).saturating_sub(1);
        let start = self.lines.get(line).copied().unwrap_or_default();
        let column = self
            .text
            .get(start as usize..offset as usize)
            .map_or(0, |text| text.encode_utf16().count());
        (position(line), position(column))
    }

    /// The function that V8 says to start here.
    fn function(&self, line: u32, column: u32) -> Option<usize> {
        let offset = self.offset(line, column)?;
        self.functions.iter().position(|function| function.start == offset)
    }

    /// Whether the functions that start at `living` read `variable` of the scope around
    /// them. `around` are those of `living` that were made right in that scope.
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

    /// The innermost variable of this name whose scope is around all of `functions`.
    fn binding(&self, variable: &str, functions: &[&Function]) -> Option<&Binding> {
        self.bindings
            .iter()
            .filter(|binding| {
                binding.name == variable
                    && functions.iter().all(|function| {
                        binding.scope.start <= function.span.start
                            && function.span.end <= binding.scope.end
                            && binding.scope != function.span
                    })
            })
            .min_by_key(|binding| binding.scope.end - binding.scope.start)
    }

    /// Where a variable that the function at this place can see is declared.
    pub(crate) fn declaration(
        &self,
        variable: &str,
        (line, column): (u32, u32),
    ) -> Option<(u32, u32)> {
        let function = &self.functions[self.function(line, column)?];
        Some(self.location(self.binding(variable, &[function])?.declared))
    }

    /// The functions that read a variable: names, or their places.
    pub(crate) fn readers(&self, variable: &str, around: &[(u32, u32)]) -> Vec<String> {
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
            // The outermost function inside the scope: the one that captures.
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
                let name = reader
                    .name
                    .clone()
                    .unwrap_or_else(|| format!("an anonymous function in line {}", line + 1));
                if !readers.contains(&name) {
                    readers.push(name);
                }
            }
        }
        readers
    }

    /// The name of the function whose scope, or a block in it, declares a variable that
    /// the function at this place can see.
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

    /// Where a variable of the whole module is declared, 0-based.
    pub(crate) fn top_level(&self, variable: &str) -> Option<(u32, u32)> {
        let binding = self.bindings.iter().filter(|binding| binding.name == variable);
        Some(self.location(
            binding.max_by_key(|binding| binding.scope.end - binding.scope.start)?.declared,
        ))
    }

    /// Where the name of the function at this place is written.
    pub(crate) fn name_place(&self, (line, column): (u32, u32)) -> Option<(u32, u32)> {
        Some(self.location(self.functions[self.function(line, column)?].named?))
    }

    /// The name of the function at this place, as its text has it.
    pub(crate) fn name(&self, (line, column): (u32, u32)) -> Option<String> {
        let function = &self.functions[self.function(line, column)?];
        function.name.clone().filter(|_| function.is_arrow || !function.span.is_empty())
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
        let scopes = read(text.to_owned(), false).unwrap_or_else(nothing);
        let living: Vec<_> = living.iter().map(|needle| at(text, needle)).collect();
        scopes.usage(variable, &living, &living)
    }

    fn nothing() -> Scopes {
        Scopes {
            text: String::new(),
            lines: vec![],
            functions: vec![],
            bindings: vec![],
            evals: vec![],
            this: vec![],
        }
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
