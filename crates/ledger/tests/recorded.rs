//! Ledgers of recorded processes of Node 18 to 26. Each process has a WebAssembly memory of 10 MB,
//! a Buffer of 5 MB and a worker.
//!
//! `NAME.smaps` has the lines that the parser uses, without device and offset. `NAME.threads` has
//! id, stack pointer and name of each thread.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ledger::chunks::LiveMemory;
use ledger::owners::{Allocator, Context, Owner, Share, assign};
use ledger::smaps::{self, Mapping};
use ledger::threads::Thread;

const NODES: [&str; 6] = ["node18", "node20", "node22", "node24", "node26", "node22-jemalloc"];
const MB: u64 = 1 << 20;

fn recorded(name: &str) -> (Vec<Mapping>, Vec<Share>) {
    let file = |ending: &str| {
        let path = format!("{}/tests/recorded/{name}.{ending}", env!("CARGO_MANIFEST_DIR"));
        fs::read_to_string(Path::new(&path)).unwrap()
    };
    let threads: Vec<Thread> = file("threads")
        .lines()
        .map(|line| {
            let mut fields = line.splitn(3, ' ');
            let id = fields.next().unwrap().parse().unwrap();
            let pointer = fields.next().unwrap().trim_start_matches("0x");
            let stack_pointer = u64::from_str_radix(pointer, 16).ok();
            Thread { id, name: fields.next().unwrap().to_owned(), stack_pointer }
        })
        .collect();
    let mappings = smaps::parse(file("smaps").as_bytes()).unwrap();
    let executable = "/usr/bin/node";
    let context = Context::<LiveMemory> {
        executable,
        main_thread: "node",
        threads: &threads,
        memory: None,
        allocator: Allocator::of(&mappings),
    };
    let shares = assign(&mappings, &context);
    (mappings, shares)
}

fn by_owner(shares: &[Share]) -> BTreeMap<Owner, u64> {
    let mut sums = BTreeMap::new();
    for share in shares {
        *sums.entry(share.owner).or_insert(0) += share.resident;
    }
    sums
}

#[test]
fn every_byte_has_an_owner() {
    for name in NODES {
        let (mappings, shares) = recorded(name);
        let rss: u64 = mappings.iter().map(|mapping| mapping.resident).sum();
        let sums = by_owner(&shares);
        assert_eq!(sums.values().sum::<u64>(), rss, "{name}");
        // A page of V8 directly beside the reservation counts with it.
        assert!(sums[&Owner::Wasm].abs_diff(10 * MB) < MB / 10, "{name}: {sums:?}");
        for owner in [Owner::V8, Owner::Binary, Owner::Library, Owner::Stack] {
            assert!(sums[&owner] > 0, "{name}: {sums:?}");
        }
        // The Buffer. Only the memory of a live process shows that it is a block of `malloc`.
        let anonymous = sums[&Owner::Anonymous];
        assert!(anonymous < 5 * MB + rss * 3 / 100, "{name}: {anonymous} of {rss}");
    }
}

#[test]
fn every_thread_has_its_stack() {
    for name in NODES {
        let (_, shares) = recorded(name);
        let stacks: Vec<_> = shares.iter().filter(|share| share.owner == Owner::Stack).collect();
        // The main thread, the worker, four of V8, and more.
        assert!(stacks.len() >= 7, "{name}: {}", stacks.len());
        assert!(stacks.iter().filter(|share| !share.name.is_empty()).count() >= 6, "{name}");
    }
}

#[test]
fn a_preloaded_allocator_is_recognized() {
    assert_eq!(Allocator::of(&recorded("node22-jemalloc").0), Allocator::Jemalloc);
    assert_eq!(Allocator::of(&recorded("node22").0), Allocator::Glibc);
}

/// A text that ends early or has damaged bytes does not cause a panic.
#[test]
fn damaged_recordings_are_read() {
    let path = format!("{}/tests/recorded/node24.smaps", env!("CARGO_MANIFEST_DIR"));
    let whole = fs::read(path).unwrap();
    for at in (0..whole.len()).step_by(97) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x15;
        for text in [&whole[..at], &damaged[..]] {
            let mappings = smaps::parse(text).unwrap();
            let context = Context::<LiveMemory> {
                executable: "",
                main_thread: "",
                threads: &[],
                memory: None,
                allocator: Allocator::Glibc,
            };
            let sum: u64 = mappings.iter().map(|mapping| mapping.resident).sum();
            let shares = assign(&mappings, &context);
            assert_eq!(shares.iter().map(|share| share.resident).sum::<u64>(), sum);
        }
    }
}
