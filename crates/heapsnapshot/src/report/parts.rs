//! Processes long lists on several threads, because a user waits for the page.

use std::num::NonZero;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::ids::Idx;

/// Minimum number of items per thread. For fewer, starting a thread takes
/// longer than the work.
const MIN_PART_LEN: usize = 1 << 15;

/// Maximum number of threads. More would wait for memory.
const MAX_THREADS: usize = 4;

/// Returns the number of threads for a list of `len` items.
fn threads(len: usize) -> usize {
    match len / MIN_PART_LEN {
        0 | 1 => 1,
        parts => {
            thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS).min(parts)
        }
    }
}

/// Calls `work` with each number below `threads`, on a thread each. Returns the
/// results in order.
fn side_by_side<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let work = &work;
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .map(|at| {
                let builder = thread::Builder::new().name("heapsnapshot-part".to_owned());
                (at, builder.spawn_scoped(scope, move || work(at)))
            })
            .collect();
        let mut done = vec![work(0)];
        done.extend(others.into_iter().map(|(at, thread)| match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            // The system refused another thread: runs one after the other.
            Err(_) => work(at),
        }));
        done
    })
}

/// Calls `work` with parts of the positions below `len`, on a thread each.
/// Returns the results in order.
pub(super) fn by_parts<T: Send>(len: usize, work: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let threads = threads(len);
    let size = len.div_ceil(threads);
    side_by_side(threads, |at| work((at * size).min(len)..((at + 1) * size).min(len)))
}

/// Returns a list that `fill` filled part by part. `fill` receives the first
/// position of a part. In contrast to joining parts, the list is in memory only
/// once.
pub(super) fn filled(len: usize, fill: impl Fn(usize, &mut [u64]) + Sync) -> Vec<u64> {
    let mut all = vec![0; len];
    let size = len.div_ceil(threads(len)).max(1);
    let parts: Vec<Mutex<&mut [u64]>> = all.chunks_mut(size).map(Mutex::new).collect();
    side_by_side(parts.len().max(1), |at| {
        if let Some(part) = parts.get(at) {
            fill(at * size, &mut part.lock().unwrap_or_else(PoisonError::into_inner));
        }
    });
    drop(parts);
    all
}

/// Returns the positions below `len` for which `passes` returns true,
/// ascending. `passes` receives the scratch memory of its thread.
pub(super) fn filter<I: Idx + Send, S: Default>(
    len: usize,
    passes: impl Fn(I, &mut S) -> bool + Sync,
) -> Vec<I> {
    let parts = by_parts(len, |part| {
        let mut scratch = S::default();
        part.map(I::at).filter(|&at| passes(at, &mut scratch)).collect::<Vec<I>>()
    });
    joined(parts)
}

/// Returns one list of all parts.
pub(super) fn joined<T: Copy>(parts: Vec<Vec<T>>) -> Vec<T> {
    let sum = parts.iter().map(Vec::len).sum::<usize>();
    let mut parts = parts.into_iter();
    let mut all = parts.next().unwrap_or_default();
    all.reserve_exact(sum - all.len());
    parts.for_each(|part| all.extend_from_slice(&part));
    all
}
