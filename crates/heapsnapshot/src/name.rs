//! Distinguishes names that a programmer wrote from data that is used as a
//! name.

/// Returns whether a text looks like a name that a programmer wrote, and not
/// like data.
///
/// Data such as ids, tokens and addresses is longer than 40 bytes, has more
/// than two digits, or contains characters that names do not have. This is a
/// heuristic: short words that are data pass.
///
/// Findings show `…` instead of a text that does not look like a name; strict
/// redaction replaces it.
///
/// # Examples
/// ```
/// use heapsnapshot::is_name;
///
/// assert!(is_name("_events"));
/// assert!(!is_name("tok_9f8e7d6c"));
/// ```
#[must_use]
pub fn is_name(text: &str) -> bool {
    const MAX_BYTES: usize = 40;
    let digits = text.chars().filter(char::is_ascii_digit).count();
    // A private field.
    let text = text.strip_prefix('#').unwrap_or(text);
    !text.is_empty()
        && text.len() <= MAX_BYTES
        && digits <= 2
        && text.chars().all(|c| {
            c.is_alphanumeric() || matches!(c, '_' | '$' | '-' | ':' | '.' | ' ' | '<' | '>')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_no_name() {
        for name in ["reload", "user:created", "_events", "<symbol kEvents>", "s3", "#open"] {
            assert!(is_name(name), "{name}");
        }
        for data in ["", "#", "a@b.example", "tok_9f8e7d6c", "/item/12", &"x".repeat(41)] {
            assert!(!is_name(data), "{data}");
        }
    }
}
