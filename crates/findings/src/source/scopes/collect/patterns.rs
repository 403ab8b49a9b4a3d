//! Names that patterns declare or assign to.

use oxc_ast::ast::{
    AssignmentTargetMaybeDefault, AssignmentTargetPattern, AssignmentTargetProperty,
    BindingPattern, BindingPatternKind, Expression, FormalParameter,
};
use oxc_semantic::SymbolId;
use oxc_span::{GetSpan, Span};

use super::symbols::description;
use super::values::origin;
use super::{Action, Collector, Subject, key_name};

impl<'a> Collector<'_, 'a> {
    /// Records a declared name or pattern, with its value.
    pub(super) fn pattern(
        &mut self,
        pattern: &BindingPattern<'a>,
        value: Option<&Expression<'a>>,
        span: Span,
    ) {
        match &pattern.kind {
            BindingPatternKind::BindingIdentifier(name) => {
                let Some(symbol) = name.symbol_id.get() else { return };
                let Some(value) = value else { return };
                let binding = Self::binding(symbol);
                if let Some(description) = description(value) {
                    self.events.symbols.push((name.name.to_string(), description));
                }
                if let Some(made) = origin(value) {
                    self.add(Subject::Binding(binding), made, span);
                }
                let source = self.subject(value);
                self.alias(binding, source, 0);
            }
            BindingPatternKind::AssignmentPattern(default) => {
                self.pattern(&default.left, Some(&default.right), default.span);
            }
            BindingPatternKind::ObjectPattern(object) => {
                for property in &object.properties {
                    self.pattern(&property.value, None, property.span);
                    let name = key_name(&property.key);
                    if let (Some(name), Some(symbol)) = (name, bound(&property.value)) {
                        let source = self.events.intern(&name);
                        self.alias(Self::binding(symbol), Some(source), 0);
                    }
                }
            }
            BindingPatternKind::ArrayPattern(array) => {
                for element in array.elements.iter().flatten() {
                    self.pattern(element, None, element.span());
                }
            }
        }
    }

    /// Records a parameter. In TypeScript it can declare a property, too.
    pub(super) fn parameter(&mut self, parameter: &FormalParameter<'a>) {
        self.pattern(&parameter.pattern, None, parameter.span);
        if parameter.accessibility.is_none() && !parameter.readonly {
            return;
        }
        if let Some(symbol) = bound(&parameter.pattern) {
            let name = self.semantic.scoping().symbol_name(symbol);
            let property = self.events.intern(name);
            self.alias(Self::binding(symbol), Some(property), 0);
        }
    }

    /// Records the targets of `[a, b.c] = …` and `({ a, c: b.c } = …)`.
    pub(super) fn destructured(&mut self, pattern: &AssignmentTargetPattern<'a>) {
        match pattern {
            AssignmentTargetPattern::ArrayAssignmentTarget(array) => {
                for element in array.elements.iter().flatten() {
                    self.destructured_one(element);
                }
            }
            AssignmentTargetPattern::ObjectAssignmentTarget(object) => {
                for property in &object.properties {
                    match property {
                        AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(property) => {
                            let subject = self.reference(&property.binding);
                            self.add(subject, Action::Assign, property.span);
                        }
                        AssignmentTargetProperty::AssignmentTargetPropertyProperty(property) => {
                            self.destructured_one(&property.binding);
                        }
                    }
                }
            }
        }
    }

    fn destructured_one(&mut self, target: &AssignmentTargetMaybeDefault<'a>) {
        let target = match target {
            AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(default) => &default.binding,
            target => match target.as_assignment_target() {
                Some(target) => target,
                None => return,
            },
        };
        if let Some(subject) = self.target(target) {
            self.add(subject, Action::Assign, target.span());
        } else if let Some(pattern) = target.as_assignment_target_pattern() {
            self.destructured(pattern);
        }
    }
}

/// Returns the variable that a pattern declares, if it is a name, with or without a default.
fn bound(pattern: &BindingPattern<'_>) -> Option<SymbolId> {
    match &pattern.kind {
        BindingPatternKind::BindingIdentifier(name) => name.symbol_id.get(),
        BindingPatternKind::AssignmentPattern(default) => bound(&default.left),
        _ => None,
    }
}
