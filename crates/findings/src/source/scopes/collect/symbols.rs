//! Properties whose keys are symbols. A snapshot contains the description of a symbol; code
//! contains the variable that holds it, which is often declared in another file.

use std::collections::HashMap;

use oxc_ast::ast::{Argument, Expression};

/// Returns the description in `Symbol('description')` and `Symbol.for('description')`.
pub(super) fn description(value: &Expression<'_>) -> Option<String> {
    let Expression::CallExpression(call) = value.get_inner_expression() else { return None };
    let is_symbol = call.callee.is_specific_id("Symbol")
        || call.callee.is_specific_member_access("Symbol", "for");
    match call.arguments.first() {
        Some(Argument::StringLiteral(text)) if is_symbol => Some(text.value.to_string()),
        _ => None,
    }
}

/// Returns the property `[variable]` whose variable is named like the symbol's description:
/// `kClients` for `clients` or `kClients`.
pub(super) fn named_like<'n>(
    names: &'n HashMap<String, u32>,
    description: &str,
) -> Option<&'n u32> {
    let wanted = plain(description);
    let variable = |name: &str| plain(name.strip_prefix('[')?.strip_suffix(']')?);
    let alike = names.iter().filter(|(name, _)| wanted.is_some() && variable(name) == wanted);
    alike.min_by_key(|(name, _)| name.as_str()).map(|(_, index)| index)
}

/// Returns a name without the prefix `k`, case and separators.
fn plain(name: &str) -> Option<String> {
    let is_prefixed = |rest: &&str| rest.starts_with(|c: char| c.is_uppercase() || c == '_');
    let name = name.strip_prefix('k').filter(is_prefixed).unwrap_or(name);
    let plain: String =
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    (!plain.is_empty()).then_some(plain)
}
