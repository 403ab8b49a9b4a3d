//! Formats numbers and names for people.

pub(crate) use heapsnapshot::is_name;

/// Formats an integer with thousands separators.
pub(crate) fn integer(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Formats a size in the largest unit in which it is at least 1. A kilobyte is 1000 bytes, as in
/// `DevTools`.
pub(crate) fn bytes(value: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if value < 1000 {
        return format!("{value} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "rounded for people")]
    let mut rest = value as f64 / 1000.0;
    let mut unit = 0;
    while rest >= 1000.0 && unit + 1 < UNITS.len() {
        rest /= 1000.0;
        unit += 1;
    }
    if rest < 100.0 {
        format!("{rest:.1} {}", UNITS[unit])
    } else {
        format!("{rest:.0} {}", UNITS[unit])
    }
}

/// Returns the name of a class with its article: "an `AbortSignal`".
pub(crate) fn article(class: &str) -> String {
    let is_vowel = |c: char| matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u');
    let starts_with_sound = |class: &str| {
        // "a URL", "a User", but "an HTTPParser" and "an FSWatcher": capitals are spelt out.
        let mut chars = class.chars();
        match (chars.next(), chars.next()) {
            (Some(first), Some(second)) if first.is_uppercase() && second.is_uppercase() => {
                matches!(
                    first,
                    'A' | 'E' | 'F' | 'H' | 'I' | 'L' | 'M' | 'N' | 'O' | 'R' | 'S' | 'X'
                )
            }
            (Some('U' | 'u'), Some('s' | 'n' | 't')) | (None, _) => false,
            (Some(first), _) => is_vowel(first),
        }
    };
    format!("{} {class}", if starts_with_sound(class) { "an" } else { "a" })
}

/// The name of a function that has none.
pub(crate) const ANONYMOUS: &str = "anonymous function";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(integer(0), "0");
        assert_eq!(integer(1_234_567), "1,234,567");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(12_345), "12.3 kB");
        assert_eq!(bytes(250_000_000), "250 MB");
    }

    #[test]
    fn classes_get_the_article_that_is_spoken() {
        for class in ["AbortSignal", "EventTarget", "HTTPParser", "FSWatcher"] {
            assert_eq!(article(class), format!("an {class}"));
        }
        for class in ["Socket", "URL", "User", "TCP"] {
            assert_eq!(article(class), format!("a {class}"));
        }
    }
}
