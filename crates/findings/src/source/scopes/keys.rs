//! Names of properties, as V8 writes them.

use oxc_ast::ast::PropertyKey;

/// Returns the name of a property as V8 writes it, if the text contains it: private ones with `#`.
/// Returns `[key]` if the key is a variable, which can hold a symbol.
pub(super) fn key_name(key: &PropertyKey<'_>) -> Option<String> {
    match (key, key.private_name()) {
        (_, Some(name)) => Some(format!("#{name}")),
        (PropertyKey::Identifier(variable), _) => Some(format!("[{}]", variable.name)),
        _ => key.static_name().map(|name| name.to_string()),
    }
}
