//! Reads and replays heap images of arbitrary bytes, and of arbitrary records. No record that the
//! reader accepts may write outside of the mappings of its image.
#![no_main]

use std::ops::Range;

use arbitrary::{Arbitrary, Unstructured};
use image::{Header, Program, Reader, Record, Registers, Writer, replay};
use libfuzzer_sys::fuzz_target;

/// A range of addresses. There are few, so that records often overlap.
#[derive(Arbitrary, Debug)]
struct Place {
    page: u8,
    pages: u8,
    odd: Option<(u64, u64)>,
}

impl Place {
    fn range(&self) -> (u64, u64) {
        let near = (u64::from(self.page) + 510 << 12, u64::from(self.pages) << 12);
        self.odd.unwrap_or(near)
    }
}

#[derive(Arbitrary, Debug)]
enum Step {
    Map(Place),
    Data(Place, Vec<u8>),
    Protect(Place, u8),
    Break(Place),
}

fn file(steps: &[Step], registers: Registers, output: u64) -> Vec<u8> {
    let mut file = Vec::new();
    let header = Header::new(String::new(), Vec::new(), serde_json::Map::new());
    let mut writer = Writer::new(&mut file, &header).unwrap();
    for step in steps {
        match step {
            Step::Map(place) => {
                let (address, length) = place.range();
                writer.record(Record::Map { address, length })
            }
            Step::Data(place, bytes) => writer.data(place.range().0, bytes),
            Step::Protect(place, protection) => {
                let (address, length) = place.range();
                let protection = u64::from(*protection);
                writer.record(Record::Protect { address, length, protection })
            }
            Step::Break(place) => {
                let (address, length) = place.range();
                writer.record(Record::Break { address, length })
            }
        }
        .unwrap();
    }
    writer.finish(registers, output).unwrap();
    drop(writer);
    file
}

fn check(file: &[u8]) {
    if let Ok(mut reader) = Reader::new(file) {
        let mut mapped: Vec<Range<u64>> = Vec::new();
        while let Ok(Some(record)) = reader.next() {
            match record {
                Record::Map { address, length } => mapped.push(address..address + length),
                Record::Data { address, length } => {
                    let holds = |at: u64| mapped.iter().any(|range| range.contains(&at));
                    assert!(holds(address) && holds(address + length - 1));
                }
                _ => {}
            }
        }
    }
    if let Ok(mut reader) = Reader::new(file) {
        let mut program = Program::new(std::io::sink(), std::io::repeat(0));
        let _ = replay(&mut reader, &mut program, &[], &mut || Ok(()));
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&first, data)) = data.split_first() else { return };
    if first % 2 == 0 {
        check(data);
        return;
    }
    let mut bytes = Unstructured::new(data);
    let Ok((steps, [rsp, rip, fs], output)) = bytes.arbitrary::<(Vec<Step>, [u32; 3], u16)>()
    else {
        return;
    };
    let [rsp, rip, fs] = [rsp, rip, fs].map(u64::from);
    let registers = Registers { rsp, rip, fs, mxcsr: 0x1f80, fcw: 0x37f };
    check(&file(&steps, registers, output.into()));
});
