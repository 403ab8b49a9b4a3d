//! Long lists by parts, side by side: a page is waited for.

use std::num::NonZero;
use std::ops::Range;
use std::thread;

/// Items of a part at least: below, a thread costs more than it saves.
const LEAST: usize = 1 << 15;

/// More threads than that only wait for memory.
const MOST_THREADS: usize = 4;

/// Calls `work` with the parts of a list of `len` items, each on its own thread,
/// and returns what it made of them, in order.
pub(super) fn by_parts<T: Send>(len: usize, work: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let threads = match len / LEAST {
        0 | 1 => 1,
        parts => {
            thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS).min(parts)
        }
    };
    let size = len.div_ceil(threads);
    let part = |at: usize| (at * size).min(len)..((at + 1) * size).min(len);
    let work = &work;
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .map(|at| {
                let builder = thread::Builder::new().name("heapsnapshot-part".to_owned());
                (at, builder.spawn_scoped(scope, move || work(part(at))))
            })
            .collect();
        let mut done = vec![work(part(0))];
        done.extend(others.into_iter().map(|(at, thread)| match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            // No thread to be had: then one after the other.
            Err(_) => work(part(at)),
        }));
        done
    })
}

/// The numbers below `len` that `passes` lets through, ascending. It gets a scratch
/// pad of its part.
pub(super) fn filter<S: Default>(
    len: usize,
    passes: impl Fn(usize, &mut S) -> bool + Sync,
) -> Vec<u32> {
    let parts = by_parts(len, |part| {
        let mut scratch = S::default();
        let passing = part.filter(|&at| passes(at, &mut scratch));
        passing.map(crate::ids::to_u32).collect::<Vec<u32>>()
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
