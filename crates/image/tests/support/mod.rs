//! Creates images for tests.
#![allow(dead_code, reason = "each test uses some of this")]

use image::{Header, Record, Registers, Writer};

pub(crate) const CODE: u64 = 0x40_0000;
pub(crate) const HEAP: u64 = 0x7f00_0000_0000;
pub(crate) const PAGE: u64 = image::PAGE;

pub(crate) const REGISTERS: Registers =
    Registers { rsp: HEAP + 0x800, rip: CODE + 16, fs: HEAP + 64, mxcsr: 0x1f80, fcw: 0x37f };

pub(crate) fn header() -> Header {
    let facts = serde_json::json!({ "node": "v1.2.3" });
    Header::new("6.1.0".to_owned(), vec!["sse3".to_owned()], facts.as_object().unwrap().clone())
}

/// Returns an image with the records that `records` writes, and a valid end.
pub(crate) fn image(records: impl FnOnce(&mut Writer<&mut Vec<u8>>)) -> Vec<u8> {
    ending(records, REGISTERS, 9)
}

/// Returns an image with other arguments of the last record.
pub(crate) fn ending(
    records: impl FnOnce(&mut Writer<&mut Vec<u8>>),
    registers: Registers,
    output: u64,
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = Writer::new(&mut file, &header()).unwrap();
    records(&mut writer);
    let bytes = writer.finish(registers, output).unwrap();
    drop(writer);
    assert_eq!(bytes, file.len() as u64);
    file
}

/// Writes records of every kind.
pub(crate) fn all_kinds(writer: &mut Writer<&mut Vec<u8>>) {
    maps(writer);
    writer.data(CODE, &[0x90; 64]).unwrap();
    writer.data(HEAP, &vec![7; 8192]).unwrap();
    protect(writer);
    writer.record(Record::Break { address: CODE + 0x10_0000, length: 0x2000 }).unwrap();
}

pub(crate) fn maps(writer: &mut Writer<&mut Vec<u8>>) {
    writer.record(Record::Map { address: CODE, length: PAGE }).unwrap();
    writer.record(Record::Map { address: HEAP, length: 4 * PAGE }).unwrap();
}

pub(crate) fn protect(writer: &mut Writer<&mut Vec<u8>>) {
    let record = Record::Protect { address: CODE, length: PAGE, protection: 5 };
    writer.record(record).unwrap();
}
