//! One dump at a time in a process. In a process of its own: other tests dump, too.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use capture::{DumpLock, Phase, lock};

/// There is one lock for the process: one test at a time.
static ONE_TEST: Mutex<()> = Mutex::new(());
static RELEASED: AtomicU64 = AtomicU64::new(0);

const SHORT: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_secs(600);

fn on_release() {
    assert!(DumpLock::is_free());
    RELEASED.fetch_add(1, Ordering::Relaxed);
}

fn try_take(phase: Phase) -> Option<DumpLock> {
    DumpLock::take(phase, false, on_release)
}

#[test]
fn one_dump_at_a_time() {
    let _one = lock(&ONE_TEST);
    let released = RELEASED.load(Ordering::Relaxed);
    let dump_lock = try_take(Phase::Capturing).unwrap();
    assert!(!DumpLock::is_free());
    assert!(try_take(Phase::Capturing).is_none());
    // Waiting cannot help the thread that is dumping.
    assert!(DumpLock::wait(Phase::Capturing, LONG, on_release).is_none());
    dump_lock.id().enter(Phase::Writing);
    assert!(DumpLock::wait(Phase::Capturing, SHORT, on_release).is_none());
    drop(dump_lock);
    assert_eq!(RELEASED.load(Ordering::Relaxed), released + 1);
    assert!(DumpLock::is_free());
}

#[test]
fn a_thread_that_waits_gets_the_lock() {
    let _one = lock(&ONE_TEST);
    let dump_lock = try_take(Phase::Capturing).unwrap();
    let (begun, has_begun) = mpsc::channel();
    let waiting = thread::spawn(move || {
        begun.send(()).unwrap();
        DumpLock::wait(Phase::Capturing, LONG, on_release).is_some()
    });
    has_begun.recv().unwrap();
    drop(dump_lock);
    assert!(waiting.join().unwrap());
}

#[test]
fn a_dump_that_cannot_begin_loses_the_lock() {
    let _one = lock(&ONE_TEST);
    let asked = try_take(Phase::first(true)).unwrap();
    // On another thread it may yet begin.
    assert!(!thread::spawn(|| try_take(Phase::Capturing).is_some()).join().unwrap());
    let taken_over = try_take(Phase::first(false)).unwrap();
    asked.id().enter(Phase::Writing);
    drop(asked);
    assert!(!DumpLock::is_free());
    drop(taken_over);
    assert!(DumpLock::is_free());
}

#[test]
fn settling_waits_for_what_is_being_written() {
    let _one = lock(&ONE_TEST);
    DumpLock::settle(LONG);
    let dump_lock = try_take(Phase::Capturing).unwrap();
    DumpLock::settle(LONG);
    dump_lock.id().enter(Phase::Writing);
    DumpLock::settle(SHORT);
    let settled = thread::spawn(|| DumpLock::settle(LONG));
    drop(dump_lock);
    settled.join().unwrap();
}
