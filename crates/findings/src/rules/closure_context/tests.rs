//! Tests the rule on small heaps.

use super::{ReadCounts, find};
use crate::finding::{Finding, Kind, Severity};
use crate::source::Usage;
use crate::test_heap::TestHeap;

const SCRIPT: &str = "/app/main.js";
const TEXT: &str = "\
function make(big, small) {
  const dead = () => big;
  return () => small;
}
";
/// Where the functions of the text start.
const READS_BIG: (u64, u64) = (1, 15);
const READS_SMALL: (u64, u64) = (2, 9);

const SCOPES: usize = 20;
const BIG: u64 = 10_000;

/// A heap with scopes that each retain `big` and `small`. Of the functions of the text, only those
/// given to [`add`](Scopes::add) are alive in a scope.
struct Scopes {
    heap: TestHeap,
    list: usize,
    script: usize,
    info: usize,
}

impl Scopes {
    fn new() -> Self {
        let mut heap = TestHeap::new();
        let list = heap.global_array("list");
        let script = heap.node("code", SCRIPT, 80);
        let info = heap.node("code", "system / ScopeInfo", 40);
        Self { heap, list, script, info }
    }

    /// Adds a scope with its own values.
    fn add(&mut self, functions: &[(u64, u64)]) {
        let big = self.heap.node("object", "Buffer", BIG);
        self.add_with(big, functions);
    }

    /// Adds a scope whose variable `big` has the value `big`.
    fn add_with(&mut self, big: usize, functions: &[(u64, u64)]) {
        let Self { heap, list, script, info } = self;
        let scope = heap.node("object", "system / Context", 32);
        let small = heap.node("object", "Small", 16);
        heap.edge(scope, "internal", "scope_info", *info);
        heap.edge(scope, "context", "big", big);
        heap.edge(scope, "context", "small", small);
        for &at in functions {
            let function = heap.function("kept", *script, at);
            heap.push(*list, function);
            heap.edge(function, "internal", "context", scope);
        }
    }

    fn many(functions: &[(u64, u64)]) -> Self {
        let mut scopes = Self::new();
        for _ in 0..SCOPES {
            scopes.add(functions);
        }
        scopes
    }

    fn findings(&self, text: &str) -> Vec<Finding> {
        self.heap.run(find, &[(SCRIPT, text)])
    }
}

#[test]
fn a_variable_that_only_a_dead_function_reads_is_found() {
    let findings = Scopes::many(&[READS_SMALL]).findings(TEXT);
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!(finding.kind, Kind::CLOSURE_CONTEXT);
    assert_eq!(finding.severity, Severity::Suspect);
    assert_eq!(finding.culprit.variable.as_deref(), Some("big"));
    assert_eq!(finding.evidence.count, SCOPES as u64);
    assert_eq!(finding.evidence.bytes, SCOPES as u64 * BIG);
    assert!(finding.confidence > 0.9);
    assert_eq!(finding.entries.len(), SCOPES);
}

#[test]
fn a_variable_that_a_living_function_reads_is_not_found() {
    assert_eq!(Scopes::many(&[READS_SMALL, READS_BIG]).findings(TEXT), []);
    assert_eq!(Scopes::many(&[READS_BIG]).findings(TEXT), []);
}

#[test]
fn up_to_one_of_five_scopes_may_have_a_living_reader() {
    for (readers, is_found) in [(4, true), (5, false)] {
        let mut scopes = Scopes::new();
        for at in 0..SCOPES {
            scopes.add(if at < readers { &[READS_SMALL, READS_BIG] } else { &[READS_SMALL] });
        }
        assert_eq!(!scopes.findings(TEXT).is_empty(), is_found, "{readers} of {SCOPES}");
    }
}

#[test]
fn a_value_that_others_retain_too_is_not_found() {
    let mut scopes = Scopes::new();
    let shared = scopes.heap.node("object", "Shared", BIG * SCOPES as u64);
    for _ in 0..SCOPES {
        scopes.add_with(shared, &[READS_SMALL]);
    }
    assert_eq!(scopes.findings(TEXT), []);
}

#[test]
fn few_and_small_scopes_are_not_found() {
    let mut scopes = Scopes::new();
    for _ in 0..super::MIN_SCOPES - 1 {
        scopes.add(&[READS_SMALL]);
    }
    assert_eq!(scopes.findings(TEXT), []);
}

#[test]
fn the_finding_is_less_certain_if_the_source_does_not_decide() {
    let eval = TEXT.replace("() => small", "() => eval('small')");
    let [by_eval] = &Scopes::many(&[READS_SMALL]).findings(&eval)[..] else { panic!("with eval") };
    assert!((by_eval.confidence - 0.5).abs() < f64::EPSILON, "{by_eval:?}");
    // If no function of the text starts at the reported position, the text is of another version.
    let [missing] = &Scopes::many(&[READS_SMALL]).findings("let other;\n")[..] else {
        panic!("missing")
    };
    assert!(missing.confidence < 0.5);
    assert!(missing.severity <= Severity::Suspect);
}

fn counts(usages: &[(Usage, usize)]) -> ReadCounts {
    let mut counts = ReadCounts::default();
    for &(usage, times) in usages {
        for _ in 0..times {
            counts.add(usage);
        }
    }
    counts
}

#[test]
fn a_variable_is_unread_if_no_function_names_it_in_four_of_five_scopes() {
    for (unused, used, is_unread) in [(4, 1, true), (79, 21, false), (8, 2, true), (0, 1, false)] {
        let counts = counts(&[(Usage::Unused, unused), (Usage::Used, used)]);
        assert_eq!(counts.is_unread(), is_unread, "{unused} of {}", unused + used);
    }
    // `eval` counts as not naming the variable. An unknown script counts as naming it.
    assert!(counts(&[(Usage::Reachable, 3), (Usage::Unused, 1)]).is_unread());
    assert!(!counts(&[(Usage::Unused, 3), (Usage::Unknown, 1)]).is_unread());
}

#[test]
fn a_variable_is_unknown_if_no_script_was_found() {
    assert!(counts(&[(Usage::Unknown, 2)]).is_unknown());
    assert!(!counts(&[(Usage::Unknown, 2), (Usage::Used, 1)]).is_unknown());
    assert!(!ReadCounts::default().is_unknown());
}
