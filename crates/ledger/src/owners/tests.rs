use std::fmt::Write as _;

use super::*;
use crate::chunks::LiveMemory;
use crate::smaps::parse;

/// A mapping as `smaps` has it: header without offset and device, resident kB, flags.
fn text(lines: &[(&str, u64, &str)]) -> Vec<Mapping> {
    let record = |&(header, resident, flags): &(&str, u64, &str)| {
        let mut words = header.splitn(3, ' ');
        let (range, permissions) = (words.next().unwrap(), words.next().unwrap());
        let name = words.next().unwrap_or("");
        let inode = u32::from(name.starts_with('/'));
        format!(
            "{range} {permissions} 0 0:0 {inode} {name}\nRss: {resident} kB\nVmFlags: rd {flags}\n"
        )
    };
    let all: String = lines.iter().map(record).collect();
    parse(all.as_bytes()).unwrap()
}

/// A process with glibc and without threads.
fn context<M>(memory: Option<&M>) -> Context<'_, M> {
    Context {
        executable: "/usr/bin/node",
        main_thread: "MainThread",
        threads: &[],
        memory,
        allocator: Allocator::Glibc,
    }
}

fn owners(lines: &[(&str, u64, &str)], threads: &[Thread]) -> Vec<(Owner, String)> {
    let context = Context { threads, ..context::<LiveMemory>(None) };
    assign(&text(lines), &context).into_iter().map(|share| (share.owner, share.name)).collect()
}

fn owner(lines: &[(&str, u64, &str)], at: usize) -> Owner {
    owners(lines, &[])[at].0
}

#[test]
fn dont_fork_is_v8() {
    assert_eq!(owner(&[("e149300000-e149341000 rw-p", 260, "dc")], 0), Owner::V8);
    assert_eq!(owner(&[("e149300000-e149341000 rw-p", 260, "")], 0), Owner::Anonymous);
}

#[test]
fn jemalloc_maps_without_reserving() {
    let lines = [
        ("7f7743800000-7f7744c00000 rw-p", 7188, "wr nr"),
        ("7f7745000000-7f7745400000 rw-p", 4096, "wr"),
        ("7f7746000000-7f7746400000 rw-p", 4096, "wr nr dc"),
    ];
    let owners = |allocator| {
        let context = Context { allocator, ..context::<LiveMemory>(None) };
        assign(&text(&lines), &context).into_iter().map(|share| share.owner).collect::<Vec<_>>()
    };
    assert_eq!(owners(Allocator::Jemalloc), [Owner::MallocMapped, Owner::Anonymous, Owner::V8]);
    assert_eq!(owners(Allocator::Unknown), [Owner::Anonymous, Owner::Anonymous, Owner::V8]);
}

#[test]
fn wasm_lies_in_a_large_reservation() {
    let lines = [
        ("7f6c90000000-7f6c93200000 rw-p", 51_200, "dc"),
        ("7f6c93200000-7f6e90000000 ---p", 0, "dc"),
        ("7f6e97780000-7f6eb7500000 rwxp", 20, "dc"),
    ];
    let found = owners(&lines, &[]);
    assert_eq!(
        found.iter().map(|one| one.0).collect::<Vec<_>>(),
        [Owner::Wasm, Owner::Wasm, Owner::V8]
    );
}

#[test]
fn an_arena_is_aligned_and_reserved_up_to_the_boundary() {
    let lines = [
        ("7f6c88000000-7f6c88021000 rw-p", 28, ""),
        ("7f6c88021000-7f6c8c000000 ---p", 0, ""),
        ("7f6c8c000000-7f6c90000000 rw-p", 9, ""),
    ];
    assert_eq!(owner(&lines, 0), Owner::MallocArena);
    assert_eq!(owner(&lines, 2), Owner::MallocArena, "a full one has no reserved end");
    assert_eq!(owner(&[("7f6c88000000-7f6c88021000 rw-p", 28, "")], 0), Owner::Anonymous);
}

#[test]
fn a_stack_has_a_guard_or_a_stack_pointer() {
    let lines = [
        ("7f6ed400a000-7f6ed400b000 ---p", 0, ""),
        ("7f6ed400b000-7f6ed480b000 rw-p", 12, ""),
        ("7f6ed580e000-7f6ed600e000 rw-p", 16, ""),
    ];
    let thread =
        Thread { id: 2, name: "node-V8Worker".into(), stack_pointer: Some(0x7f6e_d600_d000) };
    let found = owners(&lines, &[thread]);
    assert_eq!(found[1], (Owner::Stack, UNKNOWN_THREAD.to_owned()));
    assert_eq!(found[2], (Owner::Stack, "node-V8Worker".to_owned()));
}

#[test]
fn what_follows_the_reserved_end_of_an_arena_is_no_stack() {
    let lines =
        [("7f6e97ff0000-7f6e98000000 ---p", 0, ""), ("7f6e98000000-7f6e98021000 rw-p", 12, "")];
    assert_eq!(owner(&lines, 1), Owner::Anonymous);
}

#[test]
fn files_are_told_by_name_and_their_data_belongs_to_them() {
    let lines = [
        ("00400000-00b6f000 r--p /usr/bin/node", 1, ""),
        ("06000000-06100000 rw-p /usr/bin/node (deleted)", 1, ""),
        ("06100000-06139000 rw-p", 1, ""),
        ("06200000-06239000 rw-p", 1, ""),
        ("7f0000000000-7f0000001000 rw-p /usr/lib/libc.so.6", 1, ""),
        ("7f0000001000-7f0000002000 rw-p", 1, ""),
        ("7f0000003000-7f0000004000 r-xp /app/sharp.node", 1, ""),
        ("7f0000004000-7f0000005000 rw-p", 1, ""),
        ("7f0000006000-7f0000007000 r--s /app/data.mdb", 1, ""),
        ("7f0000008000-7f0000009000 rw-s /dev/shm/x", 1, ""),
        ("7f000000a000-7f000000b000 rw-s /memfd:y (deleted)", 1, ""),
        ("7f000000c000-7f000000d000 rw-s anon_inode:[io_uring]", 1, ""),
        ("7f000000e000-7f000000f000 rw-p [anon:heapdump-rs]", 1, ""),
        ("7f0000010000-7f0000011000 rw-p [anon: glibc: malloc]", 1, ""),
        ("7f0000012000-7f0000013000 r-xp [vdso]", 1, ""),
        ("7fff00000000-7fff00001000 rw-p [stack]", 1, ""),
    ];
    let found = owners(&lines, &[]);
    let found: Vec<(Owner, &str)> =
        found.iter().map(|(owner, name)| (*owner, name.as_str())).collect();
    assert_eq!(
        found,
        [
            (Owner::Binary, "/usr/bin/node"),
            (Owner::Binary, "/usr/bin/node"),
            (Owner::Binary, "/usr/bin/node"),
            (Owner::Anonymous, ""),
            (Owner::Library, "/usr/lib/libc.so.6"),
            (Owner::Library, "/usr/lib/libc.so.6"),
            (Owner::Addon, "/app/sharp.node"),
            (Owner::Anonymous, ""),
            (Owner::File, "/app/data.mdb"),
            (Owner::SharedMemory, "/dev/shm/x"),
            (Owner::SharedMemory, "/memfd:y"),
            (Owner::IoUring, ""),
            (Owner::Named, "heapdump-rs"),
            (Owner::MallocMapped, ""),
            (Owner::Kernel, "[vdso]"),
            (Owner::Stack, "MainThread"),
        ]
    );
}

#[test]
fn a_preloaded_allocator_counts_before_the_c_library() {
    let libc = ("7f0000000000-7f0000001000 r--p /usr/lib/libc.so.6", 1, "");
    let jemalloc = ("7f0000002000-7f0000003000 r--p /usr/lib/libjemalloc.so.2", 1, "");
    assert_eq!(Allocator::of(&text(&[libc])), Allocator::Glibc);
    assert_eq!(Allocator::of(&text(&[libc, jemalloc])), Allocator::Jemalloc);
    for musl in ["/lib/ld-musl-x86_64.so.1", "/usr/lib/x86_64-linux-musl/libc.so"] {
        let header = format!("1000-2000 r--p {musl}");
        assert_eq!(Allocator::of(&text(&[(&header, 1, "")])), Allocator::Musl, "{musl}");
    }
    assert_eq!(Allocator::of(&[]), Allocator::Unknown);
}

/// Memory in which every page except the first is a block of one page.
struct Blocks;

impl Memory for Blocks {
    fn page_size(&self) -> u64 {
        4096
    }
    fn header(&self, address: u64) -> Option<[u64; 2]> {
        Some(if address.is_multiple_of(0x10_0000) { [1, 1] } else { [0, 4096 | 2] })
    }
    fn resident(&self, range: &Range<u64>) -> Option<u64> {
        Some((range.end - range.start) / 2)
    }
}

#[test]
fn a_mapping_of_several_owners_is_divided() {
    let mappings = text(&[("7f0000100000-7f0000105000 rw-p", 20, "")]);
    let shares = assign(&mappings, &context(Some(&Blocks)));
    let [blocks, rest] = &shares[..] else { panic!("{shares:?}") };
    assert_eq!((blocks.owner, blocks.size, blocks.resident), (Owner::MallocMapped, 16_384, 8192));
    assert_eq!((rest.owner, rest.size, rest.resident), (Owner::Anonymous, 4096, 12_288));
}

fn pick<T>(from: &[T], at: u64) -> &T {
    &from[usize::try_from(at).unwrap()]
}

const NAMES: [&str; 7] =
    ["", "", "", "[heap]", "[stack]", "/usr/lib/libx.so.1", "[anon:jemalloc_pg]"];
const RIGHTS: [&str; 4] = ["rw-p", "---p", "r-xp", "rw-s"];

/// The bytes of the shares add up to those of the mappings, for any mappings.
#[test]
fn shares_add_up() {
    let mut state: u64 = 7;
    let mut random = move |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for _ in 0..500 {
        let mut at = random(1 << 30) << 12;
        let mut all = String::new();
        for _ in 0..random(40) {
            at += random(3) << 12;
            let end = at + ((1 + random(1 << 14)) << 12);
            let (name, rights) = (*pick(&NAMES, random(7)), *pick(&RIGHTS, random(4)));
            let flags = if random(3) == 0 { "dc" } else { "" };
            let (inode, resident) = (u8::from(name.starts_with('/')), random(1 << 17));
            writeln!(
                all,
                "{at:x}-{end:x} {rights} 0 0:0 {inode} {name}\nRss: {resident} kB\nVmFlags: {flags}"
            )
            .unwrap();
            at = end;
        }
        let mappings = parse(all.as_bytes()).unwrap();
        let shares = assign(&mappings, &context(Some(&Blocks)));
        let of_mappings: u64 = mappings.iter().map(|mapping| mapping.resident).sum();
        assert_eq!(shares.iter().map(|share| share.resident).sum::<u64>(), of_mappings);
        let sizes: u64 = mappings.iter().map(Mapping::size).sum();
        assert_eq!(shares.iter().map(|share| share.size).sum::<u64>(), sizes);
    }
}
