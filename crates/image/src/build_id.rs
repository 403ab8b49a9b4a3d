//! Reads the build id of an object file.

use std::fmt::Write as _;

/// `NT_GNU_BUILD_ID`.
const NT_GNU_BUILD_ID: u32 = 3;

/// Returns the build id in `notes`, the contents of a segment `PT_NOTE`, as hexadecimal text.
#[must_use]
pub fn build_id(mut notes: &[u8]) -> Option<String> {
    loop {
        let (head, rest) = notes.split_first_chunk::<12>()?;
        let word =
            |at: usize| head.get(at..)?.first_chunk::<4>().map(|bytes| u32::from_ne_bytes(*bytes));
        let padded = |length: u32| usize::try_from(length.checked_next_multiple_of(4)?).ok();
        let (name_bytes, id_bytes, kind) = (word(0)?, word(4)?, word(8)?);
        let (name, rest) = rest.split_at_checked(padded(name_bytes)?)?;
        let id = rest.get(..usize::try_from(id_bytes).ok()?)?;
        if kind == NT_GNU_BUILD_ID && name.starts_with(b"GNU\0") {
            return Some(id.iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            }));
        }
        notes = rest.get(padded(id_bytes)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(name: &[u8], kind: u32, content: &[u8]) -> Vec<u8> {
        let mut note = Vec::new();
        for word in [name.len(), content.len()] {
            note.extend(u32::try_from(word).unwrap().to_ne_bytes());
        }
        note.extend(kind.to_ne_bytes());
        for part in [name, content] {
            note.extend(part);
            note.resize(note.len().next_multiple_of(4), 0);
        }
        note
    }

    #[test]
    fn the_id_is_found_among_other_notes() {
        let id = note(b"GNU\0", 3, &[0xab, 0x01, 0xff]);
        assert_eq!(build_id(&id).as_deref(), Some("ab01ff"));
        let others = [note(b"stapsdt\0", 3, b"probe"), note(b"GNU\0", 1, &[0; 16])].concat();
        assert_eq!(build_id(&others), None);
        assert_eq!(build_id(&[others, id].concat()).as_deref(), Some("ab01ff"));
    }

    #[test]
    fn damaged_notes_have_none() {
        let id = note(b"GNU\0", 3, &[1, 2, 3, 4]);
        for end in 0..id.len() {
            assert_eq!(build_id(&id[..end]), None, "{end}");
        }
        for word in 0..2 {
            let mut damaged = id.clone();
            damaged[word * 4..][..4].fill(0xff);
            assert_eq!(build_id(&damaged), None, "{word}");
        }
    }
}
