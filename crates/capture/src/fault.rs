//! Panics on demand, for the tests of what becomes of one. Only a build with
//! assertions has them: in what is published there is nothing of this.

/// Panics if `HEAPDUMP_TEST_FAULT` names this point.
#[inline]
pub fn point(name: &str) {
    debug_assert!(
        std::env::var_os("HEAPDUMP_TEST_FAULT").is_none_or(|wanted| wanted != name),
        "fault in {name}"
    );
}
