//! Parses lines of the kernel's text files like `Name:   123 kB`.

/// Returns the value `123 kB` in bytes, or a value without a unit as it is. `None` for other
/// values, and for numbers that do not fit.
pub(crate) fn amount(text: &str) -> Option<u64> {
    let mut words = text.split_ascii_whitespace();
    let number: u64 = words.next()?.parse().ok()?;
    match words.next() {
        Some("kB") => number.checked_mul(1024),
        None => Some(number),
        Some(_) => None,
    }
}

/// Returns the value after `name:` in a text of such lines.
pub(crate) fn named(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| amount(line.strip_prefix(name)?.strip_prefix(':')?))
}

#[cfg(test)]
mod tests {
    use super::{amount, named};

    #[test]
    fn kilobytes_become_bytes() {
        assert_eq!(amount("   12 kB"), Some(12 * 1024));
        assert_eq!(amount(" 7"), Some(7));
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        assert_eq!(amount("18446744073709551615 kB"), None);
        assert_eq!(amount("99999999999999999999"), None);
        assert_eq!(amount("-3 kB"), None);
        assert_eq!(amount(""), None);
    }

    #[test]
    fn a_name_is_matched_as_a_whole() {
        assert_eq!(named("VmRSSx:\t1 kB\nVmRSS:\t2 kB\n", "VmRSS"), Some(2048));
    }
}
