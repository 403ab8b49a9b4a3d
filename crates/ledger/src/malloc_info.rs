//! Parses the output of glibc's `malloc_info(3)`: the state of each arena, as XML.

/// One arena of glibc's allocator.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Arena {
    /// Number of the arena. 0 is the main arena, which uses `[heap]`.
    pub number: u32,
    /// Bytes that the arena has allocated from the kernel.
    pub system: u64,
    /// Free bytes: chunks in free lists, and the unused end of the heap.
    pub free: u64,
}

/// All arenas, and the blocks that are mappings of their own.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct MallocInfo {
    /// The arenas by number.
    pub arenas: Vec<Arena>,
    /// Bytes of blocks that are mappings of their own.
    pub mapped: u64,
}

/// Parses the text. Missing and damaged numbers count as 0.
///
/// Within `<heap nr="…">`, the lines `<total type="fast" size="…"/>` and `"rest"` have the free
/// chunks, and `<system type="current" size="…"/>` has the memory of the arena. After the last
/// heap, the same lines have sums, and `<total type="mmap" …/>` has the mapped blocks. Since glibc
/// 2.10, `rest` includes the free end of an arena.
#[must_use]
pub fn parse(text: &str) -> MallocInfo {
    let mut info = MallocInfo::default();
    let mut heap: Option<Arena> = None;
    for line in text.lines().map(str::trim) {
        if line.starts_with("<heap ") {
            heap = attribute(line, "nr")
                .and_then(|number| u32::try_from(number).ok())
                .map(|number| Arena { number, ..Arena::default() });
        } else if line.starts_with("</heap>") {
            info.arenas.extend(heap.take());
        } else if line.starts_with("<total type=\"mmap\"") {
            info.mapped = attribute(line, "size").unwrap_or(0);
        } else if let Some(arena) = &mut heap {
            let size = attribute(line, "size").unwrap_or(0);
            if line.starts_with("<total type=\"fast\"") || line.starts_with("<total type=\"rest\"")
            {
                arena.free = arena.free.saturating_add(size);
            } else if line.starts_with("<system type=\"current\"") {
                arena.system = size;
            }
        }
    }
    info
}

/// Returns the number in `name="…"`.
fn attribute(line: &str, name: &str) -> Option<u64> {
    let (_, rest) = line.split_once(&format!(" {name}=\""))?;
    rest.split_once('"')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"<malloc version="1">
<heap nr="0">
<sizes>
  <size from="33" to="48" total="96" count="2"/>
  <unsorted from="65" to="65" total="65" count="1"/>
</sizes>
<total type="fast" count="2" size="96"/>
<total type="rest" count="3" size="50000"/>
<system type="current" size="135168"/>
<system type="max" size="200000"/>
<aspace type="total" size="135168"/>
</heap>
<heap nr="1">
<sizes>
</sizes>
<total type="fast" count="0" size="0"/>
<total type="rest" count="1" size="7"/>
<system type="current" size="4096"/>
</heap>
<total type="fast" count="2" size="96"/>
<total type="rest" count="4" size="50007"/>
<total type="mmap" count="2" size="1052672"/>
<system type="current" size="139264"/>
</malloc>
"#;

    #[test]
    fn arenas_and_mapped_blocks_are_read() {
        let info = parse(TEXT);
        let first = Arena { number: 0, system: 135_168, free: 50_096 };
        let second = Arena { number: 1, system: 4096, free: 7 };
        assert_eq!(info, MallocInfo { arenas: vec![first, second], mapped: 1_052_672 });
    }

    #[test]
    fn no_damage_panics() {
        for end in 0..TEXT.len() {
            let info = parse(&TEXT[..end]);
            assert!(info.arenas.len() <= 2);
        }
        let huge = TEXT.replace("50000", "99999999999999999999").replace("96", "-1");
        assert_eq!(parse(&huge).arenas.len(), 2);
    }
}
