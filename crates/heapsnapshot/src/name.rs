//! Tells names that somebody wrote from data that is used as a name.

/// Returns whether a text that may be data looks like a name that somebody wrote. What programs
/// make up (ids, tokens, addresses) is long, full of digits, or has characters that names lack.
///
/// Findings show `…` for what is no name; strict redaction replaces it.
#[must_use]
pub fn is_name(text: &str) -> bool {
    const LONGEST: usize = 40;
    let digits = text.chars().filter(char::is_ascii_digit).count();
    // A private field.
    let text = text.strip_prefix('#').unwrap_or(text);
    !text.is_empty()
        && text.len() <= LONGEST
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
