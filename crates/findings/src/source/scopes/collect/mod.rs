//! Collects what the code of a script does to variables and properties that can hold collections:
//! creates, fills, assigns. Runs once per script.

mod patterns;
mod symbols;
mod values;

use std::collections::HashMap;

use oxc_ast::AstKind;
use oxc_ast::ast::{
    Argument, AssignmentExpression, AssignmentTarget, CallExpression, Expression,
    IdentifierReference, MemberExpression, PropertyKey,
};
use oxc_semantic::{Semantic, SymbolId};
use oxc_span::{GetSpan, Span};
use oxc_syntax::operator::AssignmentOperator;

use super::keys::key_name;
use values::{is_nothing, origin};

/// Methods that add to the object that they are called on.
const ADDERS: &[&str] =
    &["push", "unshift", "add", "set", "splice", "append", "prepend", "insert", "enqueue", "put"];

/// Methods that add a listener to the object that they are called on.
const SUBSCRIBERS: &[&str] = &[
    "on",
    "once",
    "addListener",
    "prependListener",
    "prependOnceListener",
    "addEventListener",
    "subscribe",
];

/// Functions that call their first argument later.
const TIMERS: &[&str] = &["setTimeout", "setInterval", "setImmediate"];

/// A variable or property that code refers to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Subject {
    /// A variable, by its index in the bindings of the script.
    Binding(u32),
    /// A property of any object, by the index of its name. A name that no scope declares is a
    /// property of the global object.
    Property(u32),
}

/// An action of code on a variable or property.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Action {
    /// Assigns a new object, array or string.
    Make,
    /// Assigns the result of a call, which can be new.
    MakeByCall,
    /// Assigns anything.
    Assign,
    /// Adds entries.
    Fill,
    /// Sets a property whose name is in the text.
    SetKey,
    /// Adds a listener.
    Subscribe,
    /// Passes it to a function that adds listeners or starts timers.
    Pass,
}

/// One action in the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    /// The variable or property.
    pub(super) subject: Subject,
    /// The kind of use.
    pub(super) action: Action,
    /// The code that uses it.
    pub(super) span: Span,
}

/// All actions of a script.
#[derive(Default, Debug)]
pub(super) struct Events {
    /// In the order of the text.
    pub(super) all: Vec<Event>,
    /// Variables that hold the same object as another variable or a property.
    pub(super) aliases: Vec<(u32, Subject)>,
    /// By name of a property: its number.
    names: HashMap<String, u32>,
    /// Variables that hold a symbol created in the text: their names, and the symbol's description.
    symbols: Vec<(String, String)>,
}

impl Events {
    /// Returns the property with this name, if the text contains it.
    pub(super) fn property(&self, name: &str) -> Option<Subject> {
        let symbol = name.strip_prefix("<symbol ").and_then(|rest| rest.strip_suffix('>'));
        let known = match symbol {
            None => self.names.get(name),
            Some(symbol) => {
                let made = self.symbols.iter().find(|(_, description)| description == symbol);
                match made {
                    Some((variable, _)) => self.names.get(&format!("[{variable}]")),
                    None => symbols::named_like(&self.names, symbol),
                }
            }
        };
        known.map(|&name| Subject::Property(name))
    }

    /// Returns the subject for a property name.
    fn intern(&mut self, name: &str) -> Subject {
        if let Some(&known) = self.names.get(name) {
            return Subject::Property(known);
        }
        let next = super::position(self.names.len());
        self.names.insert(name.to_owned(), next);
        Subject::Property(next)
    }
}

/// Collects the events of a parsed script.
pub(super) fn events(semantic: &Semantic<'_>) -> Events {
    let mut collector = Collector { semantic, events: Events::default() };
    for node in semantic.nodes().iter() {
        match node.kind() {
            AstKind::VariableDeclarator(declarator) => {
                collector.pattern(&declarator.id, declarator.init.as_ref(), declarator.span);
            }
            AstKind::FormalParameter(parameter) => collector.parameter(parameter),
            AstKind::AssignmentExpression(assignment) => collector.assignment(assignment),
            AstKind::CallExpression(call) => collector.call(call),
            AstKind::PropertyDefinition(field) => {
                collector.property(&field.key, field.value.as_ref(), field.span);
            }
            AstKind::AccessorProperty(field) => {
                collector.property(&field.key, field.value.as_ref(), field.span);
            }
            AstKind::ObjectProperty(property) => {
                collector.property(&property.key, Some(&property.value), property.span);
            }
            _ => {}
        }
    }
    let mut events = collector.events;
    events.all.sort_by_key(|event| event.span.start);
    events
}

/// Returns the name of the property that an expression refers to, if the text contains it. Returns
/// `[key]` if the key is a variable, which can hold a symbol.
pub(super) fn member_name(member: &MemberExpression<'_>) -> Option<String> {
    match member {
        MemberExpression::PrivateFieldExpression(private) => {
            Some(format!("#{}", private.field.name))
        }
        MemberExpression::ComputedMemberExpression(computed)
            if matches!(computed.expression, Expression::Identifier(_)) =>
        {
            let name = computed.expression.get_identifier_reference()?;
            Some(format!("[{}]", name.name))
        }
        member => member.static_property_name().map(str::to_owned),
    }
}

/// Visits the syntax tree and collects the events.
struct Collector<'s, 'a> {
    semantic: &'s Semantic<'a>,
    events: Events,
}

impl<'a> Collector<'_, 'a> {
    /// Records an event.
    fn add(&mut self, subject: Subject, action: Action, span: Span) {
        self.events.all.push(Event { subject, action, span });
    }

    fn binding(symbol: SymbolId) -> u32 {
        super::position(symbol.index())
    }

    /// Returns the variable that an identifier refers to.
    fn reference(&mut self, name: &IdentifierReference<'a>) -> Subject {
        let reference = name.reference_id.get();
        let symbol = reference
            .and_then(|reference| self.semantic.scoping().get_reference(reference).symbol_id());
        match symbol {
            Some(symbol) => Subject::Binding(Self::binding(symbol)),
            None => self.events.intern(&name.name),
        }
    }

    /// Returns the property that a member expression names.
    fn member(&mut self, member: &MemberExpression<'a>) -> Option<Subject> {
        member_name(member).map(|name| self.events.intern(&name))
    }

    /// Returns the variable or property that the value of an expression was read from or assigned
    /// to.
    fn subject(&mut self, expression: &Expression<'a>) -> Option<Subject> {
        match expression.get_inner_expression() {
            Expression::Identifier(name) => Some(self.reference(name)),
            Expression::AssignmentExpression(assignment) => self.target(&assignment.left),
            Expression::LogicalExpression(either) => self.subject(&either.left),
            other => other.get_member_expr().and_then(|member| self.member(member)),
        }
    }

    /// Returns the subject of an assignment.
    fn target(&mut self, target: &AssignmentTarget<'a>) -> Option<Subject> {
        match target {
            AssignmentTarget::AssignmentTargetIdentifier(name) => Some(self.reference(name)),
            target => match (target.as_member_expression(), target.get_expression()) {
                (Some(member), _) => self.member(member),
                (None, Some(typed)) => self.subject(typed),
                (None, None) => None,
            },
        }
    }

    /// Returns how often a variable is assigned to after its declaration.
    fn writes(&self, binding: u32) -> usize {
        let symbol = SymbolId::from_usize(binding as usize);
        let references = self.semantic.scoping().get_resolved_references(symbol);
        references.filter(|reference| reference.is_write()).count()
    }

    fn alias(&mut self, binding: u32, other: Option<Subject>, most_writes: usize) {
        if let Some(other) = other.filter(|&other| other != Subject::Binding(binding))
            && self.writes(binding) <= most_writes
        {
            self.events.aliases.push((binding, other));
        }
    }

    /// Records a field of a class, or a property of an object literal.
    fn property(&mut self, key: &PropertyKey<'a>, value: Option<&Expression<'a>>, span: Span) {
        let (Some(name), Some(value)) = (key_name(key), value) else { return };
        let property = self.events.intern(&name);
        if let Some(made) = origin(value) {
            self.add(property, made, Span::new(span.start, value.span().end));
        }
        self.held_in(property, value);
    }

    /// Records that a property holds the value of a variable.
    fn held_in(&mut self, property: Subject, value: &Expression<'a>) {
        if let Expression::Identifier(name) = value.get_inner_expression()
            && let Subject::Binding(binding) = self.reference(name)
        {
            self.alias(binding, Some(property), 1);
        }
    }

    /// Records an assignment: its target, its value, and aliases that it creates.
    fn assignment(&mut self, assignment: &AssignmentExpression<'a>) {
        let AssignmentExpression { operator, left, right, span, .. } = assignment;
        let is_plain = operator.is_assign() || operator.is_logical();
        let is_addition = *operator == AssignmentOperator::Addition && !right.is_number_literal();
        if let Some(subject) = self.target(left) {
            let is_extension = is_plain && self.contains(right, subject);
            if is_plain {
                self.add(subject, Action::Assign, *span);
                if let Some(made) = origin(right).filter(|_| !is_extension) {
                    self.add(subject, made, *span);
                }
                if let Subject::Property(_) = subject {
                    self.held_in(subject, right);
                }
            }
            if is_addition || is_extension {
                self.add(subject, Action::Fill, *span);
            }
        } else if let Some(pattern) = left.as_assignment_target_pattern() {
            self.destructured(pattern);
        }
        if (is_plain || is_addition)
            && !is_nothing(right)
            && let Some(member) = left.as_member_expression()
        {
            self.set_entry(member);
        }
    }

    /// Records `object[key] = …` and `object.key = …`.
    fn set_entry(&mut self, member: &MemberExpression<'a>) {
        let action = match member {
            MemberExpression::ComputedMemberExpression(computed)
                if !computed.expression.is_literal() =>
            {
                Action::Fill
            }
            MemberExpression::PrivateFieldExpression(_) => return,
            // Sets the size of an array.
            member if member.static_property_name() == Some("length") => return,
            _ => Action::SetKey,
        };
        if let Some(object) = self.subject(member.object()) {
            self.add(object, action, member.span());
        }
    }

    /// Records a call of a method that adds entries or listeners, or that starts a timer.
    fn call(&mut self, call: &CallExpression<'a>) {
        if let Expression::Identifier(function) = call.callee.get_inner_expression()
            && TIMERS.contains(&function.name.as_str())
        {
            self.pass(call);
        }
        let Some(member) = call.callee.get_member_expr() else { return };
        let Some(method) = member.static_property_name() else { return };
        let first = call.arguments.first().and_then(Argument::as_expression);
        if matches!(method, "assign" | "defineProperty" | "defineProperties")
            && member.object().is_specific_id("Object")
        {
            if let Some(object) = first.and_then(|object| self.subject(object)) {
                self.add(object, Action::Fill, call.span);
            }
        } else if matches!(method, "apply" | "call") {
            // `Array.prototype.push.apply(list, more)`
            let borrowed = member.object().get_member_expr();
            let is_adder = borrowed
                .and_then(MemberExpression::static_property_name)
                .is_some_and(|name| ADDERS.contains(&name));
            if is_adder && let Some(object) = first.and_then(|object| self.subject(object)) {
                self.add(object, Action::Fill, call.span);
            }
        } else if ADDERS.contains(&method) {
            // With two arguments, `splice` only removes.
            let is_removal = method == "splice"
                && call.arguments.len() < 3
                && !call.arguments.iter().any(Argument::is_spread);
            if !is_removal && let Some(object) = self.subject(member.object()) {
                self.add(object, Action::Fill, member.span());
            }
        } else if SUBSCRIBERS.contains(&method) {
            if let Some(object) = self.subject(member.object()) {
                self.add(object, Action::Subscribe, member.span());
            }
            self.pass(call);
        } else if TIMERS.contains(&method) {
            self.pass(call);
        }
    }

    /// Records the functions that a call gets by name, bound or not.
    fn pass(&mut self, call: &CallExpression<'a>) {
        for argument in call.arguments.iter().filter_map(Argument::as_expression) {
            let bound = match argument.get_inner_expression() {
                Expression::CallExpression(bind) => bind.callee.get_member_expr(),
                _ => None,
            };
            let bound = bound.filter(|member| member.static_property_name() == Some("bind"));
            let function = bound.map_or(argument, |member| member.object());
            if let Some(function) = self.subject(function) {
                self.add(function, Action::Pass, call.callee.span());
            }
        }
    }
}
