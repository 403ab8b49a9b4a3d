//! The output of a pipeline depends on the text only, not on its chunks.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod support;

use std::fs::{self, File};
use std::io::Read;

use capture::{Encoding, Envelope, Pipeline, Sink, System};
use support::planted::{Case, Choices};

const SEEDS: [&[u8]; 4] = [&[], &[1; 90], &[7, 200, 3, 9, 250, 31, 5, 77, 12, 90], &[255; 60]];

fn text(seed: &[u8]) -> Vec<u8> {
    Case::choose(&mut Choices(seed)).text
}

/// Returns the decoded output of a pipeline for these chunks; `None` if it is incomplete.
fn written<'a>(encoding: Encoding, chunks: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let name = format!("capture-pipeline-{}-{encoding:?}", std::process::id());
    let path = std::env::temp_dir().join(name);
    let sink = Sink::new(File::create(&path).unwrap(), System::default());
    let mut pipeline = Pipeline::new(sink, encoding, None).unwrap();
    for chunk in chunks {
        pipeline.write(chunk).unwrap();
    }
    let written = pipeline.finish().unwrap();
    let bytes = fs::read(&path).unwrap();
    let bytes_stored = bytes.len() as u64;
    fs::remove_file(&path).unwrap();
    written.file?;
    let mut text = Vec::new();
    match encoding {
        Encoding::Plain => text = bytes,
        Encoding::Gzip => {
            flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut text).unwrap();
        }
        Encoding::Zstd => text = zstd::stream::decode_all(&bytes[..]).unwrap(),
    }
    assert_eq!(written.sizes.snapshot, text.len() as u64);
    assert_eq!(written.sizes.stored, bytes_stored);
    Some(text)
}

#[test]
fn every_encoding_keeps_the_text_in_chunks_of_any_size() {
    for seed in SEEDS {
        let text = text(seed);
        for size in [1, 2, 3, 7, 64, 1000, text.len()] {
            for encoding in [Encoding::Plain, Encoding::Gzip, Encoding::Zstd] {
                let out = written(encoding, text.chunks(size));
                assert!(out.as_ref() == Some(&text), "{encoding:?}, chunks of {size}");
            }
        }
    }
}

fn envelope<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Envelope {
    let mut envelope = Envelope::default();
    for chunk in chunks {
        envelope.push(chunk);
    }
    envelope
}

#[test]
fn a_whole_text_is_complete_wherever_it_is_cut_into_chunks() {
    for seed in SEEDS {
        let text = text(seed);
        for at in 0..=text.len() {
            let (before, after) = text.split_at(at);
            let envelope = envelope([before, after]);
            assert!(envelope.is_complete(), "{at}");
            assert_eq!(envelope.bytes(), text.len() as u64);
        }
        assert!(envelope(text.chunks(1)).is_complete());
    }
}

#[test]
fn a_text_without_its_begin_or_end_is_not_complete() {
    for seed in SEEDS {
        let text = text(seed);
        let strings = text.windows(9).position(|w| w == b"\"strings\"").unwrap();
        // The line break at the end is not part of the snapshot.
        for end in 0..text.len() - 1 {
            // Strings are not parsed, so one of them can look like the end.
            if end < strings || !text[..end].ends_with(b"]}") {
                assert!(!envelope(text[..end].chunks(512)).is_complete(), "up to {end}");
            }
        }
        for start in 1..text.len() {
            assert!(!envelope(text[start..].chunks(512)).is_complete(), "from {start}");
        }
    }
}

#[test]
fn a_text_that_lacks_a_number_is_not_complete() {
    for seed in SEEDS {
        let text = text(seed);
        let find = |what: &[u8]| text.windows(what.len()).position(|w| w == what).unwrap();
        let numbers = find(b"\"nodes\":[") + 9..find(b"],\n\"trace_function_infos\"");
        for at in numbers.filter(|&at| text[at] == b',' && text[at - 1] != b']') {
            let without = [&text[..at], &text[at + 1..]].concat();
            assert!(!envelope(without.chunks(100)).is_complete(), "without the comma at {at}");
        }
    }
}
