//! Sends dumps through the queue, complete and aborted.

use super::*;
use crate::error::Code;
use crate::publication::Outcome;
use crate::publication::tests::{dump_lock, plan};
use crate::test_directory::Directory;
use std::fs;

const SNAPSHOT: &str = r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[["string"]],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["weak"]]},"node_count":1,"edge_count":0},
"nodes":[0,0,1,8,0],
"edges":[],
"strings":["text"]}"#;

/// Waits until the thread that writes has released the dump lock.
fn wait_for_turn() {
    thread::spawn(|| drop(dump_lock())).join().unwrap();
}

/// Returns the channel that receives the outcome.
fn finish(writer: &Writer) -> Receiver<Outcome> {
    let (sender, outcome) = mpsc::channel();
    writer.finish(Facts::new(), Box::new(move |outcome| drop(sender.send(outcome))));
    outcome
}

#[test]
fn the_file_is_the_text_in_chunks_of_any_size() {
    let directory = Directory::new("writer");
    for size in [1, 2, 7, 100, SNAPSHOT.len()] {
        let target = directory.path(&size.to_string());
        let writer = Writer::start(plan(target.clone()), dump_lock()).unwrap();
        for chunk in SNAPSHOT.as_bytes().chunks(size) {
            let mut buffer = writer.buffer();
            assert!(buffer.is_empty());
            buffer.extend_from_slice(chunk);
            writer.write(buffer);
        }
        finish(&writer).recv().unwrap().unwrap();
        assert_eq!(fs::read_to_string(target).unwrap(), SNAPSHOT);
    }
    assert_eq!(directory.names().len(), 5);
}

#[test]
fn a_snapshot_that_ended_early_is_not_published() {
    let directory = Directory::new("early");
    let writer = Writer::start(plan(directory.path("a")), dump_lock()).unwrap();
    writer.write(SNAPSHOT.as_bytes()[..100].to_vec());
    let error = finish(&writer).recv().unwrap().unwrap_err();
    assert_eq!(error.code(), Code::Truncated);
    assert!(directory.names().is_empty());
}

#[test]
fn the_first_reason_to_give_a_dump_up_counts() {
    let directory = Directory::new("abandoned");
    let writer = Writer::start(plan(directory.path("a")), dump_lock()).unwrap();
    writer.write(SNAPSHOT.as_bytes().to_vec());
    writer.abandon(Error::new(Code::Headroom, "first"));
    writer.abandon(Error::aborted());
    writer.write(Vec::new());
    let error = finish(&writer).recv().unwrap().unwrap_err();
    assert_eq!(error.code(), Code::Headroom);
    assert!(directory.names().is_empty());
}

#[test]
fn a_thread_whose_script_was_ended_gives_up_what_it_was_sending() {
    let directory = Directory::new("ended");
    assert!(!give_up_on_this_thread());
    let writer = Writer::start(plan(directory.path("a")), dump_lock()).unwrap();
    writer.write(SNAPSHOT.as_bytes().to_vec());
    assert!(give_up_on_this_thread());
    assert!(!give_up_on_this_thread());
    // The dump lock is released when all is cleaned up.
    wait_for_turn();
    assert!(directory.names().is_empty());
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing_behind() {
    let directory = Directory::new("dropped");
    let writer = Writer::start(plan(directory.path("a")), dump_lock()).unwrap();
    drop(writer);
    wait_for_turn();
    assert!(directory.names().is_empty());
}

#[test]
fn a_file_that_cannot_be_created_is_an_error_at_once() {
    let directory = Directory::new("missing");
    let error = Writer::start(plan(directory.path("missing/a")), dump_lock()).err().unwrap();
    assert_eq!(error.errno(), Some(libc::ENOENT));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error() {
    let writer = Writer::start(plan("/dev/full".into()), dump_lock()).unwrap();
    writer.write(SNAPSHOT.as_bytes().to_vec());
    let error = finish(&writer).recv().unwrap().unwrap_err();
    assert_eq!((error.errno(), error.syscall_name()), (Some(libc::ENOSPC), Some("write")));
}
