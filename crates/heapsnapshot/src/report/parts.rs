//! Long lists by parts, side by side: a page is waited for.

use std::num::NonZero;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::ids::Idx;

/// Items of a part at least: below, a thread costs more than it saves.
const LEAST: usize = 1 << 15;

/// More threads than that only wait for memory.
const MOST_THREADS: usize = 4;

/// Threads for a list of `len` items.
fn threads(len: usize) -> usize {
    match len / LEAST {
        0 | 1 => 1,
        parts => {
            thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS).min(parts)
        }
    }
}

/// Calls `work` with the numbers below `threads`, each on its own thread, and
/// returns what it made of them, in order.
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
            // No thread to be had: then one after the other.
            Err(_) => work(at),
        }));
        done
    })
}

/// Calls `work` with the parts of a list of `len` items, and returns what it made of
/// them, in order.
pub(super) fn by_parts<T: Send>(len: usize, work: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let threads = threads(len);
    let size = len.div_ceil(threads);
    side_by_side(threads, |at| work((at * size).min(len)..((at + 1) * size).min(len)))
}

/// A list of which `fill` gets parts to fill, with their first positions. It is in
/// memory once only, other than if parts were put together.
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

/// The positions below `len` that `passes` lets through, ascending. It gets a scratch
/// pad of its part.
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

/// One list of several.
pub(super) fn joined<T: Copy>(parts: Vec<Vec<T>>) -> Vec<T> {
    let sum = parts.iter().map(Vec::len).sum::<usize>();
    let mut parts = parts.into_iter();
    let mut all = parts.next().unwrap_or_default();
    all.reserve_exact(sum - all.len());
    parts.for_each(|part| all.extend_from_slice(&part));
    all
}
