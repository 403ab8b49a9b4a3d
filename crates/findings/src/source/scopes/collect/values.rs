//! Classifies the value of an expression: new, or an extension of an earlier value.

use oxc_ast::ast::{
    Argument, ArrayExpressionElement, CallExpression, Expression, ObjectPropertyKind,
};
use oxc_syntax::operator::BinaryOperator;

use super::{Action, Collector, Subject};

/// Returns how an assignment of this expression counts.
pub(super) fn origin(expression: &Expression<'_>) -> Option<Action> {
    match expression.get_inner_expression() {
        Expression::NewExpression(_)
        | Expression::ArrayExpression(_)
        | Expression::ObjectExpression(_)
        | Expression::StringLiteral(_)
        | Expression::TemplateLiteral(_) => Some(Action::Make),
        Expression::CallExpression(call) => Some(match callee_object(call) {
            Some("Array" | "Object" | "Buffer") => Action::Make,
            _ => Action::MakeByCall,
        }),
        Expression::AwaitExpression(wait) => origin(&wait.argument),
        Expression::LogicalExpression(either) => origin(&either.right),
        Expression::ConditionalExpression(either) => {
            origin(&either.consequent).or_else(|| origin(&either.alternate))
        }
        Expression::AssignmentExpression(assignment) => origin(&assignment.right),
        _ => None,
    }
}

/// Returns the global variable that is called, or whose method is called.
fn callee_object<'a>(call: &CallExpression<'a>) -> Option<&'a str> {
    let callee = call.callee.get_inner_expression();
    let object = callee.get_member_expr().map_or(callee, |member| member.object());
    match object.get_inner_expression() {
        Expression::Identifier(name) => Some(name.name.as_str()),
        _ => None,
    }
}

pub(super) fn is_nothing(expression: &Expression<'_>) -> bool {
    expression.is_null_or_undefined() || expression.is_void_0()
}

impl<'a> Collector<'_, 'a> {
    /// Returns whether a value is the earlier value of `subject` with additions.
    pub(super) fn contains(&mut self, value: &Expression<'a>, subject: Subject) -> bool {
        match value.get_inner_expression() {
            Expression::ArrayExpression(array) => {
                array.elements.iter().any(|element| match element {
                    ArrayExpressionElement::SpreadElement(spread) => {
                        self.is_or_contains(&spread.argument, subject)
                    }
                    element => element
                        .as_expression()
                        .is_some_and(|element| self.is_or_contains(element, subject)),
                })
            }
            Expression::ObjectExpression(object) => {
                object.properties.iter().any(|property| match property {
                    ObjectPropertyKind::SpreadProperty(spread) => {
                        self.is_or_contains(&spread.argument, subject)
                    }
                    ObjectPropertyKind::ObjectProperty(property) => {
                        self.is_or_contains(&property.value, subject)
                    }
                })
            }
            Expression::NewExpression(made) => self.any_contains(&made.arguments, subject),
            Expression::CallExpression(call) => {
                let Some(member) = call.callee.get_member_expr() else { return false };
                matches!(member.static_property_name(), Some("concat" | "assign"))
                    && (self.is_or_contains(member.object(), subject)
                        || self.any_contains(&call.arguments, subject))
            }
            Expression::TemplateLiteral(text) => {
                text.expressions.iter().any(|part| self.is_or_contains(part, subject))
            }
            Expression::BinaryExpression(sum) if sum.operator == BinaryOperator::Addition => {
                !sum.right.is_number_literal()
                    && (self.is_or_contains(&sum.left, subject)
                        || self.is_or_contains(&sum.right, subject))
            }
            _ => false,
        }
    }

    fn is_or_contains(&mut self, value: &Expression<'a>, subject: Subject) -> bool {
        self.subject(value) == Some(subject) || self.contains(value, subject)
    }

    fn any_contains(&mut self, arguments: &[Argument<'a>], subject: Subject) -> bool {
        arguments.iter().any(|argument| match argument {
            Argument::SpreadElement(spread) => self.is_or_contains(&spread.argument, subject),
            argument => argument
                .as_expression()
                .is_some_and(|argument| self.is_or_contains(argument, subject)),
        })
    }
}
