//! An image is read as it was written, and all other bytes are rejected.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use image::{Error, Header, Kind, Reader, Record, Registers, Writer};
use support::{CODE, HEAP, PAGE, REGISTERS, all_kinds, ending, image, maps, protect};

/// Reads all records of an image and their contents.
fn read(file: &[u8]) -> Result<Vec<(Record, Vec<u8>)>, Error> {
    let mut reader = Reader::new(file)?;
    let mut all = Vec::new();
    while let Some(record) = reader.next()? {
        let length = if let Record::Data { length, .. } = record { length } else { 0 };
        let mut content = vec![0; usize::try_from(length).unwrap()];
        if length > 0 {
            reader.read_content(&mut content)?;
        }
        all.push((record, content));
    }
    Ok(all)
}

fn damage(file: &[u8]) -> String {
    let error = read(file).unwrap_err();
    assert_eq!(error.kind(), Kind::Damaged, "{error}");
    error.to_string()
}

#[test]
fn records_are_read_as_they_were_written() {
    let all = read(&image(all_kinds)).unwrap();
    let records: Vec<Record> = all.iter().map(|(record, _)| *record).collect();
    assert_eq!(
        records,
        [
            Record::Map { address: CODE, length: PAGE },
            Record::Map { address: HEAP, length: 4 * PAGE },
            Record::Data { address: CODE, length: 64 },
            Record::Data { address: HEAP, length: 8192 },
            Record::Protect { address: CODE, length: PAGE, protection: 5 },
            Record::Break { address: CODE + 0x10_0000, length: 0x2000 },
            Record::Start { registers: REGISTERS, output: 9 },
        ]
    );
    assert_eq!(all[2].1, [0x90; 64]);
    assert_eq!(all[3].1, vec![7; 8192]);
}

#[test]
fn the_header_is_read_as_it_was_written() {
    let file = image(all_kinds);
    let reader = Reader::new(&file[..]).unwrap();
    assert_eq!(*reader.header(), support::header());
    assert_eq!(reader.header().facts["node"], "v1.2.3");
}

#[test]
fn content_that_nobody_reads_is_skipped() {
    let file = image(all_kinds);
    let mut reader = Reader::new(&file[..]).unwrap();
    let mut count = 0;
    while reader.next().unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 7);
    assert!(reader.next().unwrap().is_none());
}

/// Contents of any kind and length are read as written. The random numbers are the same in each
/// run.
#[test]
fn any_content_is_read_as_it_was_written() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..50 {
        let parts: Vec<(u64, Vec<u8>)> = (0..random() % 20)
            .map(|_| {
                let length = 1 + random() % 3000;
                let mask = random().to_le_bytes()[0];
                let bytes = (0..length).map(|_| random().to_le_bytes()[3] & mask).collect();
                (HEAP + random() % PAGE, bytes)
            })
            .collect();
        let file = image(|writer| {
            maps(writer);
            for (address, bytes) in &parts {
                writer.data(*address, bytes).unwrap();
            }
            protect(writer);
        });
        let contents: Vec<(u64, Vec<u8>)> = read(&file)
            .unwrap()
            .into_iter()
            .filter_map(|(record, content)| match record {
                Record::Data { address, .. } => Some((address, content)),
                _ => None,
            })
            .collect();
        assert_eq!(contents, parts);
    }
}

#[test]
fn a_cut_image_is_damaged_wherever_it_is_cut() {
    let file = image(all_kinds);
    for length in 0..file.len() {
        damage(&file[..length]);
    }
}

#[test]
fn an_image_with_a_flipped_bit_is_refused_wherever_that_is() {
    let file = image(all_kinds);
    for at in 0..file.len() {
        for bit in 0..8 {
            let mut file = file.clone();
            file[at] ^= 1 << bit;
            let error = read(&file).unwrap_err();
            // The version, or a requirement on the machine.
            let is_refused = matches!(error.kind(), Kind::Damaged | Kind::Unsupported);
            assert!(is_refused, "bit {bit} of byte {at}: {error}");
        }
    }
}

#[test]
fn bytes_after_the_end_are_damage() {
    let mut file = image(all_kinds);
    file.push(0);
    assert!(damage(&file).contains("after the trailer"));
}

#[test]
fn another_version_is_not_read() {
    let mut file = image(all_kinds);
    file[8] = 2;
    let error = read(&file).unwrap_err();
    assert_eq!(error.kind(), Kind::Unsupported);
    assert!(error.to_string().contains("version 2"), "{error}");
}

#[test]
fn another_machine_is_told_what_it_lacks() {
    let mut header = support::header();
    header.architecture = std::env::consts::ARCH.to_owned();
    let here = ["sse3".to_owned(), "avx2".to_owned()];
    header.check_machine(&here).unwrap();
    let missing = header.check_machine(&here[1..]).unwrap_err();
    assert!(missing.to_string().contains("lacks sse3"), "{missing}");
    let other = Header { architecture: "m68k".to_owned(), ..header.clone() };
    assert!(other.check_machine(&here).unwrap_err().to_string().contains("m68k"));
    let other = Header { page_size: 65536, ..header };
    assert!(other.check_machine(&here).unwrap_err().to_string().contains("65536"));
}

/// Images with a valid hash and with records that no writer of a process produces.
#[test]
fn records_that_contradict_each_other_are_refused() {
    type Records = fn(&mut Writer<&mut Vec<u8>>);
    let cases: [(&str, Records); 12] = [
        ("mapped twice", |w| {
            w.record(Record::Map { address: HEAP, length: 2 * PAGE }).unwrap();
            w.record(Record::Map { address: HEAP + PAGE, length: PAGE }).unwrap();
        }),
        ("mapped twice", |w| {
            w.record(Record::Map { address: HEAP, length: PAGE }).unwrap();
            w.record(Record::Map { address: CODE, length: PAGE }).unwrap();
        }),
        ("no process has", |w| {
            w.record(Record::Map { address: 0x10000, length: PAGE }).unwrap();
        }),
        ("no process has", |w| {
            w.record(Record::Map { address: !(PAGE - 1), length: PAGE }).unwrap();
        }),
        ("no process has", |w| {
            w.record(Record::Map { address: HEAP, length: !(PAGE - 1) }).unwrap();
        }),
        ("whole pages", |w| w.record(Record::Map { address: HEAP + 8, length: PAGE }).unwrap()),
        ("whole pages", |w| w.record(Record::Map { address: HEAP, length: 0 }).unwrap()),
        ("outside of what is mapped", |w| {
            maps(w);
            w.data(HEAP + 4 * PAGE - 8, &[1; 16]).unwrap();
        }),
        ("wrong length", |w| {
            maps(w);
            w.data(HEAP, &[]).unwrap();
        }),
        ("outside of what is mapped", |w| {
            maps(w);
            let range = Record::Protect { address: CODE + PAGE, length: PAGE, protection: 5 };
            w.record(range).unwrap();
        }),
        ("unknown protection", |w| {
            maps(w);
            w.record(Record::Protect { address: CODE, length: PAGE, protection: 15 }).unwrap();
        }),
        ("wrong place", |w| {
            maps(w);
            protect(w);
            w.data(HEAP, &[1]).unwrap();
        }),
    ];
    for (what, records) in cases {
        let message = damage(&image(records));
        assert!(message.contains(what), "{what}: {message}");
    }
}

#[test]
fn a_start_that_the_memory_does_not_have_is_refused() {
    let cases = [
        ("outside of executable", Registers { rip: HEAP, ..REGISTERS }, 9),
        ("outside of what is mapped", Registers { rsp: HEAP + 4 * PAGE, ..REGISTERS }, 9),
        ("outside of what is mapped", Registers { fs: CODE + PAGE, ..REGISTERS }, 9),
        ("control words", Registers { mxcsr: 0x1_1f80, ..REGISTERS }, 9),
        ("control words", Registers { fcw: 0x1_0000, ..REGISTERS }, 9),
        ("wrong descriptor", REGISTERS, 2),
        ("wrong descriptor", REGISTERS, 1 << 40),
    ];
    for (what, registers, output) in cases {
        let message = damage(&ending(all_kinds, registers, output));
        assert!(message.contains(what), "{what}: {message}");
    }
}
