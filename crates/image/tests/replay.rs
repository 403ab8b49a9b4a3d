//! The commands for the restorer, executed by a simulated process, build the memory of the image.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::collections::BTreeMap;

use image::{Error, Kind, Program, Reader, replay};
use support::{CODE, HEAP, PAGE, all_kinds, image};

const FILL: u64 = 1 << 32;
const START: u64 = FILL + 1;
const MMAP: u64 = 9;
const BRK: u64 = 12;

/// Replays an image. `replies`: the results that the restorer replies with. Returns the result, the
/// commands, and the number of checks: one before the start, as these images are small.
fn run(file: &[u8], replies: &[i64]) -> (Result<(), Error>, Vec<u8>, u32) {
    let replies: Vec<u8> = replies
        .iter()
        .flat_map(|result| [MMAP.to_le_bytes(), result.to_le_bytes()].concat())
        .collect();
    let mut commands = Vec::new();
    let mut checks = 0;
    let mut check = || {
        checks += 1;
        Ok(())
    };
    let result = {
        let mut program = Program::new(&mut commands, &replies[..]);
        let mut reader = Reader::new(file).unwrap();
        replay(&mut reader, &mut program, &[0x1000..0x2000, HEAP..HEAP + PAGE], &mut check)
    };
    (result, commands, checks)
}

#[derive(Default)]
struct Process {
    memory: BTreeMap<u64, u8>,
    calls: Vec<[u64; 9]>,
    started: Option<[u64; 9]>,
}

/// Executes the commands like the restorer.
fn simulate(mut commands: &[u8]) -> Process {
    let mut process = Process::default();
    while let Some((bytes, rest)) = commands.split_first_chunk::<72>() {
        let mut words = [0; 9];
        for (word, bytes) in words.iter_mut().zip(bytes.chunks(8)) {
            *word = u64::from_le_bytes(bytes.try_into().unwrap());
        }
        commands = rest;
        match words[0] {
            FILL => {
                let (content, rest) = commands.split_at(usize::try_from(words[2]).unwrap());
                process.memory.extend((words[1]..).zip(content.iter().copied()));
                commands = rest;
            }
            START => process.started = Some(words),
            _ => process.calls.push(words),
        }
    }
    assert!(commands.is_empty());
    process
}

#[test]
fn the_memory_is_that_of_the_image() {
    let (result, commands, checks) = run(&image(all_kinds), &[0x50_2000]);
    result.unwrap();
    assert_eq!(checks, 1);
    let process = simulate(&commands);
    let at = |address: u64| process.memory.get(&address).copied();
    assert_eq!([at(CODE), at(CODE + 63), at(CODE + 64)], [Some(0x90), Some(0x90), None]);
    assert_eq!([at(HEAP), at(HEAP + 8191), at(HEAP + 8192)], [Some(7), Some(7), None]);
    let mapped: Vec<u64> =
        process.calls.iter().filter(|call| call[0] == MMAP).map(|call| call[1]).collect();
    assert_eq!(mapped, [CODE, HEAP]);
    // The restorer unmaps its mappings, except its own memory at low addresses.
    let unmapped: Vec<u64> =
        process.calls.iter().filter(|call| call[0] == 11).map(|call| call[1]).collect();
    assert_eq!(unmapped, [HEAP]);
    let started = process.started.unwrap();
    assert_eq!(started[1..5], [HEAP + 0x800, CODE + 16, 0x1f80, 0x37f]);
}

#[test]
fn a_damaged_image_is_never_started() {
    let file = image(all_kinds);
    for length in (0..file.len()).step_by(7).filter(|&length| length > 300) {
        let Ok(mut reader) = Reader::new(&file[..length]) else { continue };
        let mut commands = Vec::new();
        let mut program = Program::new(&mut commands, &[0_u8; 0][..]);
        let mut check = || -> Result<(), Error> { panic!("the trailer is missing") };
        replay(&mut reader, &mut program, &[], &mut check).unwrap_err();
    }
    // The last byte belongs to the hash.
    let mut file = file;
    *file.last_mut().unwrap() ^= 1;
    let (result, commands, checks) = run(&file, &[0x50_2000]);
    assert_eq!(result.unwrap_err().kind(), Kind::Damaged);
    assert_eq!(checks, 0);
    assert!(simulate(&commands).started.is_none());
}

#[test]
fn a_heap_above_that_of_the_image_is_a_conflict() {
    let (result, commands, _) = run(&image(all_kinds), &[0x7000_0000]);
    assert_eq!(result.unwrap_err().kind(), Kind::Conflict);
    assert!(simulate(&commands).calls.iter().any(|call| call[0] == BRK));
    // If it is below, `brk` of libc succeeds.
    run(&image(all_kinds), &[0x30_0000]).0.unwrap();
}

#[test]
fn a_cancelled_restore_is_not_started() {
    let file = image(all_kinds);
    let mut commands = Vec::new();
    let replies = [BRK.to_le_bytes(), 0x50_2000_u64.to_le_bytes()].concat();
    let mut program = Program::new(&mut commands, &replies[..]);
    let mut cancel = || Err(Error::new(Kind::Unsupported, "cancelled"));
    let mut reader = Reader::new(&file[..]).unwrap();
    let error = replay(&mut reader, &mut program, &[], &mut cancel).unwrap_err();
    drop(program);
    assert_eq!(error.message(), "cancelled");
    assert!(simulate(&commands).started.is_none());
}
