//! Parses a script into [`Scopes`].

use oxc_allocator::Allocator;
use oxc_ast::AstKind;
use oxc_ast::ast::{AssignmentTarget, Expression, MethodDefinitionKind};
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::{AstNode, Semantic, SemanticBuilder};
use oxc_span::{GetSpan, SourceType, Span};

use super::keys::key_name;
use super::{Binding, Function, FunctionKind, Scopes, collect, position};

/// Stack reserved for the recursive parser, per byte of text. Reserved pages cost nothing until
/// used.
const STACK_BYTES_PER_TEXT_BYTE: usize = 4096;

/// Minimum size of the stack of the parser, which recurses on nested code.
const MIN_STACK_BYTES: usize = 256 << 20;

/// Maximum size of that stack. Only pages that are used take memory.
const MAX_STACK_BYTES: usize = 1 << 30;

/// Maximum nesting of brackets, including those in strings. No real program comes near it.
pub(in crate::source) const MAX_BRACKET_DEPTH: usize = 10_000;

/// Parses a text on a thread whose stack is large enough for any text of its length. Returns `None`
/// if it is not JavaScript, or if no thread can be started.
pub(in crate::source) fn read(text: String, is_typescript: bool) -> Option<Scopes> {
    if depth(&text) > MAX_BRACKET_DEPTH {
        return None;
    }
    on_large_stack(text.len(), move || parse(text, is_typescript)).flatten()
}

/// Runs `work` on a thread whose stack is large enough to parse a text of this length.
pub(in crate::source) fn on_large_stack<T: Send + 'static>(
    text_bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let stack = text_bytes
        .saturating_mul(STACK_BYTES_PER_TEXT_BYTE)
        .clamp(MIN_STACK_BYTES, MAX_STACK_BYTES);
    let thread = std::thread::Builder::new().name("findings-parser".to_owned()).stack_size(stack);
    thread.spawn(work).ok()?.join().ok()
}

/// Returns the maximum nesting of brackets.
pub(in crate::source) fn depth(text: &str) -> usize {
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

/// Parses a text as a script, a module or TypeScript, whichever succeeds first.
fn parse(text: String, is_typescript: bool) -> Option<Scopes> {
    let kinds = if is_typescript {
        vec![SourceType::ts(), SourceType::tsx()]
    } else {
        // A file for `require` may return at its top; a module may await.
        vec![SourceType::cjs(), SourceType::mjs(), SourceType::ts()]
    };
    for kind in kinds {
        let allocator = Allocator::default();
        let options =
            ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
        let parsed = Parser::new(&allocator, &text, kind).with_options(options).parse();
        if parsed.panicked || !parsed.errors.is_empty() {
            continue;
        }
        let semantic = SemanticBuilder::new().build(&parsed.program).semantic;
        let mut scopes = collect_scopes(&semantic);
        scopes.events = collect::events(&semantic);
        let newlines = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
        scopes.lines = std::iter::once(0).chain(newlines.map(|(at, _)| position(at + 1))).collect();
        drop(parsed);
        scopes.text = text;
        return Some(scopes);
    }
    None
}

/// Collects functions, variables and actions of a parsed text.
fn collect_scopes(semantic: &Semantic<'_>) -> Scopes {
    let mut scopes = Scopes::default();
    for node in semantic.nodes().iter() {
        match node.kind() {
            AstKind::CallExpression(call) if call.callee.is_specific_id("eval") => {
                scopes.evals.push(call.span.start);
            }
            AstKind::WithStatement(with) => scopes.evals.push(with.span.start),
            AstKind::ThisExpression(expression) => scopes.this.push(expression.span.start),
            _ => scopes.functions.extend(function(semantic, node)),
        }
    }
    scopes
        .functions
        .sort_by_key(|function| (function.span.start, std::cmp::Reverse(function.span.end)));
    scopes.bindings = bindings(semantic);
    scopes
}

/// Returns the variables, in the order of their symbols.
fn bindings(semantic: &Semantic<'_>) -> Vec<Binding> {
    let (nodes, scoping) = (semantic.nodes(), semantic.scoping());
    let binding = |symbol| Binding {
        name: scoping.symbol_name(symbol).to_owned(),
        scope: nodes.kind(scoping.get_node_id(scoping.symbol_scope_id(symbol))).span(),
        declared: scoping.symbol_span(symbol).start,
        references: semantic
            .symbol_references(symbol)
            .map(|reference| semantic.reference_span(reference).start)
            .collect(),
    };
    scoping.symbol_ids().map(binding).collect()
}

/// Returns the function, class or static block at `node`.
fn function(semantic: &Semantic<'_>, node: &AstNode<'_>) -> Option<Function> {
    let nodes = semantic.nodes();
    let (start, kind, id) = match node.kind() {
        AstKind::Function(function) => {
            (function.params.span.start, FunctionKind::Plain, function.id.as_ref())
        }
        AstKind::ArrowFunctionExpression(arrow) => (arrow.span.start, FunctionKind::Arrow, None),
        AstKind::Class(class) => (class.span.start, FunctionKind::Class, class.id.as_ref()),
        AstKind::StaticBlock(block) => (block.span.start, FunctionKind::StaticBlock, None),
        _ => return None,
    };
    let parent = nodes.parent_kind(node.id());
    let span = node.kind().span();
    let named = match (id, parent) {
        (Some(id), _) => Some(id.span.start),
        (None, AstKind::VariableDeclarator(declarator)) => Some(declarator.span.start),
        _ => None,
    };
    let name = id.map(|id| id.name.to_string()).or_else(|| name_from(parent));
    let class = match parent {
        AstKind::MethodDefinition(_) | AstKind::PropertyDefinition(_) => {
            let class =
                nodes.ancestors(node.id()).find(|node| matches!(node.kind(), AstKind::Class(_)));
            class.and_then(|class| class_name(semantic, class))
        }
        AstKind::AssignmentExpression(assignment) => prototype_of(&assignment.left),
        _ => None,
    };
    let is_constructor = matches!(parent, AstKind::MethodDefinition(method)
        if method.kind == MethodDefinitionKind::Constructor);
    let label = match (&class, &name) {
        (Some(class), _) if is_constructor => Some(format!("new {class}")),
        (Some(class), Some(name)) => Some(format!("{class}.{name}")),
        _ => name.clone(),
    };
    let head = id.map(|id| id.span).or_else(|| name_span(parent));
    let head = head.unwrap_or_else(|| Span::new(start.min(span.start), body_start(node.kind())));
    let passed_to = match parent {
        AstKind::Argument(_) => callee_span(nodes.parent_kind(nodes.parent_id(node.id()))),
        _ => None,
    };
    Some(Function { start, span, name, named, label, class, kind, head, passed_to })
}

/// Returns the span of the name that an anonymous function takes from the target of its assignment.
fn name_span(parent: AstKind<'_>) -> Option<Span> {
    match parent {
        AstKind::VariableDeclarator(declarator) => Some(declarator.id.span()),
        AstKind::MethodDefinition(method) => Some(method.key.span()),
        AstKind::PropertyDefinition(property) => Some(property.key.span()),
        AstKind::ObjectProperty(property) => Some(property.key.span()),
        AstKind::AssignmentExpression(assignment) => Some(assignment.left.span()),
        _ => None,
    }
}

/// Returns an offset between the parameters of a function and its body.
fn body_start(function: AstKind<'_>) -> u32 {
    match function {
        AstKind::Function(function) => function.params.span.end,
        AstKind::ArrowFunctionExpression(arrow) => arrow.body.span.start,
        AstKind::Class(class) => class.body.span.start,
        other => other.span().end,
    }
}

/// Returns the callee of a call.
fn callee_span(call: AstKind<'_>) -> Option<Span> {
    match call {
        AstKind::CallExpression(call) => Some(call.callee.span()),
        AstKind::NewExpression(call) => Some(call.callee.span()),
        _ => None,
    }
}

/// Returns the name of the class that contains a node, if it has one.
fn class_name(semantic: &Semantic<'_>, node: &AstNode<'_>) -> Option<String> {
    let AstKind::Class(class) = node.kind() else { return None };
    let id = class.id.as_ref().map(|id| id.name.to_string());
    id.or_else(|| name_from(semantic.nodes().parent_kind(node.id())))
}

/// Returns `Foo` of `Foo.prototype.method = …`.
fn prototype_of(target: &AssignmentTarget<'_>) -> Option<String> {
    let member = target.as_member_expression()?.object().get_member_expr()?;
    if member.static_property_name() != Some("prototype") {
        return None;
    }
    match member.object().get_inner_expression() {
        Expression::Identifier(class) => Some(class.name.to_string()),
        _ => None,
    }
}

/// Returns the name that an anonymous function takes from the target of its assignment.
fn name_from(parent: AstKind<'_>) -> Option<String> {
    match parent {
        AstKind::VariableDeclarator(declarator) => {
            declarator.id.get_identifier_name().map(|name| name.to_string())
        }
        AstKind::MethodDefinition(method) => key_name(&method.key),
        AstKind::PropertyDefinition(property) => key_name(&property.key),
        AstKind::AssignmentExpression(assignment) => match &assignment.left {
            AssignmentTarget::AssignmentTargetIdentifier(target) => Some(target.name.to_string()),
            target => target.as_member_expression().and_then(collect::member_name),
        },
        AstKind::ObjectProperty(property) => key_name(&property.key),
        _ => None,
    }
}
