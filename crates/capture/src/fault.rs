//! Panics on demand, for tests of panic handling. Compiled in only with debug assertions, so not in
//! published builds.

/// Panics if `HEAPDUMP_TEST_FAULT` names this point.
#[inline]
pub fn point(name: &str) {
    debug_assert!(
        std::env::var_os("HEAPDUMP_TEST_FAULT").is_none_or(|wanted| wanted != name),
        "fault in {name}"
    );
}
