//! Redacts small snapshots.

use super::*;

/// Returns a snapshot with these rows and texts, in the format of V8.
fn snapshot(nodes: &str, edges: &str, strings: &str) -> String {
    format!(
        r#"{{"snapshot":{{"meta":{{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[["string","object","hidden"]],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["property","element","internal"]]}},"node_count":9,"edge_count":9}},
"nodes":[{nodes}],
"edges":[{edges}],
"strings":[{strings}]}}"#
    )
}

fn redact(policy: Policy, text: &str) -> Result<String, UnknownForm> {
    let mut redactor = Redactor::new(policy);
    let mut out = redactor.apply(text.as_bytes())?;
    out.extend(redactor.apply(b"")?);
    assert!(redactor.is_complete());
    Ok(String::from_utf8(out).unwrap())
}

fn policy() -> Policy {
    let vocabulary =
        Vocabulary { redacted: "(redacted)", is_known: |name| name == "_events1", max_record: 24 };
    Policy { vocabulary, max_length: None, rules: Vec::new(), names: None }
}

fn everything() -> Policy {
    Policy { rules: vec![Rule::default()], ..policy() }
}

#[test]
fn contents_are_replaced_and_names_are_not() {
    // A string `secret`, an object of the class `Class` with an element and a property `key`.
    let before = snapshot("0,1,1,8,0,1,2,3,8,2", "1,1,0,0,3,0", r#""","secret","Class","key""#);
    let after = redact(everything(), &before).unwrap();
    assert_eq!(after, before.replace("secret", "(redacted)").replacen("\"\"", "\"(redacted)\"", 1));
}

#[test]
fn a_content_that_is_a_name_too_stays() {
    let before = snapshot("0,0,1,8,0,1,0,3,8,0", "", "\"both\"");
    assert_eq!(redact(everything(), &before).unwrap(), before);
}

#[test]
fn only_matching_contents_are_replaced() {
    let rule = Rule {
        starts_with: Some(b"Bearer ".to_vec()),
        contains: Some(b"=".to_vec()),
        longer_than: Some(10),
    };
    let policy = Policy { rules: vec![rule], ..policy() };
    let strings = r#""Bearer abc=","Bearer a=b","Bearer abcd","xBearer abc=""#;
    let before = snapshot("", "", strings);
    let after = redact(policy, &before).unwrap();
    assert_eq!(after, before.replacen("Bearer abc=", "(redacted)", 1));
}

#[test]
fn longer_contents_are_cut_between_characters() {
    let policy = Policy { max_length: Some(2), ..policy() };
    let before = snapshot("", "", r#""ab","abc","\u00e9\n\"","\\\\\\""#);
    let after = redact(policy, &before).unwrap();
    assert_eq!(after, snapshot("", "", r#""ab","ab\u2026","\u00e9\n\u2026","\\\\\u2026""#));
}

#[test]
fn unknown_forms_are_refused() {
    let good = snapshot("0,0,1,8,0", "", "\"a\"");
    for bad in [
        good.replace("\"name_or_index\"", "\"new_name\""),
        good.replace("0,0,1,8,0", "0,0,1,8,-1"),
        good.replace("0,0,1,8,0", "0,,1,8,0"),
        good.replace("0,0,1,8,0", "0,4294967295,1,8,0"),
        good.replace("\"node_count\":9,", ""),
    ] {
        assert_eq!(redact(everything(), &bad), Err(UnknownForm), "{bad}");
    }
    // A header without an end.
    let mut redactor = Redactor::new(everything());
    let chunk = [b' '; 1000];
    assert!((0..100).any(|_| redactor.apply(&chunk).is_err()));
    let error = Error::from(UnknownForm);
    assert_eq!(error.code(), Code::Unsupported);
}

#[test]
fn a_snapshot_without_its_end_is_not_complete() {
    let text = snapshot("0,0,1,8,0", "", "\"a]\"");
    let end = text.len() - 2;
    let mut redactor = Redactor::new(everything());
    redactor.apply(&text.as_bytes()[..end]).unwrap();
    assert!(!redactor.is_complete());
    redactor.apply(&text.as_bytes()[end..]).unwrap();
    assert!(redactor.is_complete());
}

#[test]
fn names_that_readers_look_for_stay() {
    let policy = Policy { names: Some(Names::new(None)), ..everything() };
    let before = snapshot("1,1,1,8,2", "0,2,0,0,3,0", r#""x","Class","_events1","_events22""#);
    let after = redact(policy, &before).unwrap();
    assert!(after.contains("\"_events1\"") && !after.contains("_events22"), "{after}");
}

#[test]
fn strict_redaction_needs_as_many_edges_as_the_nodes_have() {
    let policy = || Policy { names: Some(Names::new(None)), ..everything() };
    let more = snapshot("1,0,1,8,1", "0,0,0,0,0,0", "\"a\"");
    assert_eq!(redact(policy(), &more), Err(UnknownForm));
    assert!(redact(everything(), &more).is_ok());
}
