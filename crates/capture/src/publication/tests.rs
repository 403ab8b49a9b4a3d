//! Tests of published files, and of the remains of a failed dump.

use super::*;
use crate::test_directory::Directory;
use std::fs;
use std::sync::mpsc;

/// Returns the plan of a dump that prints nothing.
pub(crate) fn plan(target: PathBuf) -> Plan {
    Plan {
        target,
        stream: None,
        replace: false,
        encoding: Encoding::Plain,
        recipients: None,
        sidecar: false,
        announce: Announce::Nothing,
        redaction: None,
        scripts: None,
        asker: None,
        system: System::default(),
    }
}

/// Takes the dump lock, once the tests on other threads have released it.
pub(crate) fn dump_lock() -> DumpLock {
    DumpLock::wait(Phase::Capturing, std::time::Duration::from_secs(600), || {}).unwrap()
}

fn end(publication: Publication, written: Result<(File, Sizes), Error>, facts: Facts) -> Outcome {
    let (sender, outcome) = mpsc::channel();
    publication.end(|| written, facts, Box::new(move |outcome| sender.send(outcome).unwrap()));
    outcome.recv().unwrap()
}

#[test]
fn the_result_has_the_facts_and_the_sizes() {
    let directory = Directory::new("publication");
    let target = directory.path("a");
    let plan = Plan { sidecar: true, ..plan(target.clone()) };
    let (publication, mut file) = Publication::open(plan, dump_lock()).unwrap();
    file.write_all(b"12345").unwrap();
    let before = published();
    let facts = Map::from_iter([("trigger".to_owned(), "call".into())]);
    let result = end(publication, Ok((file, Sizes { snapshot: 7, stored: 5 })), facts).unwrap();
    let result: Value = serde_json::from_str(&result).unwrap();
    assert_eq!((&result["trigger"], &result["bytes"]), (&"call".into(), &5.into()));
    assert_eq!(result["snapshotBytes"], 7);
    assert!(result["durationMs"].is_number());
    assert!(published() > before);
    assert_eq!(directory.names(), ["a", "a.json"]);
    let sidecar = fs::read_to_string(directory.path("a.json")).unwrap();
    let sidecar: Value = serde_json::from_str(&sidecar).unwrap();
    assert_eq!(sidecar["snapshotBytes"], 7);
}

#[test]
fn nothing_is_left_of_a_dump_that_failed() {
    let directory = Directory::new("failed");
    let open = || {
        let plan = Plan { sidecar: true, ..plan(directory.path("a")) };
        Publication::open(plan, dump_lock()).unwrap()
    };
    let (publication, _file) = open();
    let error = end(publication, Err(Error::aborted()), Facts::new()).unwrap_err();
    assert_eq!(error, Error::aborted());
    assert!(directory.names().is_empty());
    // The sidecar was written before.
    let (publication, file) = open();
    fs::write(directory.path("a"), "meanwhile").unwrap();
    let error = end(publication, Ok((file, Sizes::default())), Facts::new()).unwrap_err();
    assert_eq!(error.errno(), Some(libc::EEXIST));
    assert_eq!(directory.names(), ["a"]);
    let (dropped, _file) = Publication::open(plan(directory.path("b")), dump_lock()).unwrap();
    drop(dropped);
    assert_eq!(directory.names(), ["a"]);
}

#[test]
fn a_panic_is_a_failure_like_any_other() {
    let directory = Directory::new("panic");
    let (publication, _file) = Publication::open(plan(directory.path("a")), dump_lock()).unwrap();
    let (sender, outcome) = mpsc::channel();
    let listener = Box::new(move |outcome| sender.send(outcome).unwrap());
    publication.end(|| panic!("on purpose"), Facts::new(), listener);
    let error = outcome.recv().unwrap().unwrap_err();
    assert_eq!(error.to_json()["code"], "ERR_HEAPDUMP_INTERNAL");
    assert!(directory.names().is_empty());
}

#[test]
fn a_cancelled_dump_is_not_published() {
    let directory = Directory::new("cancelled");
    let (publication, file) = Publication::open(plan(directory.path("a")), dump_lock()).unwrap();
    publication.cancellation().store(true, Ordering::Release);
    let error = end(publication, Ok((file, Sizes::default())), Facts::new()).unwrap_err();
    assert_eq!(error, Error::aborted());
    assert!(directory.names().is_empty());
}

#[test]
fn a_child_gives_the_file_its_name_itself() {
    let directory = Directory::new("child");
    let (mut publication, file) =
        Publication::open(plan(directory.path("a")), dump_lock()).unwrap();
    publication.leave_to_child();
    // As the child does.
    let temporary = directory.path(&directory.names()[0]);
    fs::rename(temporary, directory.path("a")).unwrap();
    end(publication, Ok((file, Sizes::default())), Facts::new()).unwrap();
    assert_eq!(directory.names(), ["a"]);
}

/// Writes `<path>.scripts`.
struct Scripts;

impl Companion for Scripts {
    fn write(
        &self,
        target: &Path,
        redaction: Option<&Policy>,
        sources: &mut Map<String, Value>,
        _system: System,
    ) -> Option<PathBuf> {
        assert!(redaction.is_none());
        sources.insert("scripts".to_owned(), 1.into());
        let path = target.with_extension("scripts");
        fs::write(&path, "").unwrap();
        Some(path)
    }
}

#[test]
fn scripts_are_written_if_they_were_had() {
    let had = serde_json::json!({});
    let not_had = serde_json::json!({ "reason": "no" });
    for (sources, count) in [(had, 2), (not_had, 1)] {
        let directory = Directory::new("scripts");
        let plan = Plan { scripts: Some(Box::new(Scripts)), ..plan(directory.path("a")) };
        let (publication, file) = Publication::open(plan, dump_lock()).unwrap();
        let facts = Map::from_iter([("sources".to_owned(), sources)]);
        let result = end(publication, Ok((file, Sizes::default())), facts).unwrap();
        assert_eq!(result.contains("\"scripts\":1"), count == 2);
        assert_eq!(directory.names().len(), count);
    }
}

#[test]
fn scripts_of_a_snapshot_that_was_not_published_are_removed() {
    let directory = Directory::new("no-scripts");
    let plan = Plan { scripts: Some(Box::new(Scripts)), ..plan(directory.path("a")) };
    let (publication, file) = Publication::open(plan, dump_lock()).unwrap();
    fs::write(directory.path("a"), "meanwhile").unwrap();
    let facts = Map::from_iter([("sources".to_owned(), serde_json::json!({}))]);
    end(publication, Ok((file, Sizes::default())), facts).unwrap_err();
    assert_eq!(directory.names(), ["a"]);
}

#[test]
fn the_line_tells_the_size_and_the_pause() {
    let facts = serde_json::json!({ "path": "/a", "bytes": 1_234_567, "pauseMs": 99.6 });
    let line = describe(facts.as_object().unwrap());
    assert_eq!(line, "wrote /a (1.2 MB, paused 100 ms)");
}
