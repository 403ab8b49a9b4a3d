//! Redaction of snapshots with planted secrets.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod support;

use support::planted::{self, Case, Choices, redact};

/// xorshift64*: the same bytes in every run.
fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let byte = || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_be_bytes()[0]
    };
    std::iter::repeat_with(byte).take(length).collect()
}

/// How many random cases a test tries; raised in long runs.
fn cases(default: u64) -> u64 {
    std::env::var("CAPTURE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

#[test]
fn no_secret_survives_and_nothing_else_changes() {
    for seed in 0..cases(3000) {
        planted::check(&bytes(seed, 200));
    }
}

#[test]
fn a_chunk_may_end_at_every_byte() {
    for seed in 0..cases(6) {
        let case = Case::choose(&mut Choices(&bytes(seed, 200)));
        let whole = case.check(case.text.len());
        for at in 1..case.text.len() {
            let mut redactor = capture::Redactor::new(case.level.policy());
            let (before, after) = case.text.split_at(at);
            let mut out = redactor.apply(before).unwrap();
            out.extend(redactor.apply(after).unwrap());
            assert!(out == whole, "seed {seed}, at {at}");
        }
        assert_eq!(redact(&case.text, case.level, 1), whole);
    }
}

#[test]
fn damaged_snapshots_are_refused_or_redacted_in_chunks_of_any_size() {
    for seed in 0..cases(3000) {
        planted::check_damaged(&bytes(seed, 220));
    }
}

#[test]
fn a_redacted_snapshot_can_be_read() {
    for seed in 0..cases(200) {
        let case = Case::choose(&mut Choices(&bytes(seed, 200)));
        let out = case.check(4096);
        heapsnapshot::Graph::from_bytes(&out).unwrap();
    }
}
