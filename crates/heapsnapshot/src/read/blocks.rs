//! Moves bytes from a reader into the parser, decoding integers on two threads.
//!
//! Both threads take blocks from the reader in turn. Each block starts just
//! after a comma, so a thread can decode it on the assumption that it lies
//! inside an array of integers, which nearly all blocks do. The calling thread
//! hands the decoded blocks to the parser in file order; the parser checks the
//! assumption and decodes again what it did not explain. The result is that of
//! reading on one thread.

use std::io::{ErrorKind as IoErrorKind, Read};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::{Feed, ReadOptions};
use crate::control::Stage;
use crate::error::Error;
use crate::format::Speculation;
use crate::threads;

/// Bytes per block: with its decoded integers a block fits in a second-level
/// cache of 512 KiB. Smaller blocks cost more hand-overs, larger ones memory.
const BLOCK: usize = 128 << 10;

/// Blocks that may be in flight, decoded but not yet consumed.
const WINDOW: usize = 6;

#[derive(Debug, Default)]
struct Block {
    /// Longer than the block, so that it need not be cleared for the next one.
    room: Vec<u8>,
    len: usize,
    guess: Speculation,
}

impl Block {
    fn bytes(&self) -> &[u8] {
        &self.room[..self.len]
    }
}

/// Cuts a reader into blocks after commas.
struct Source {
    reader: Box<dyn Read + Send>,
    /// The start of the next block, read with the previous one.
    carry: Vec<u8>,
    ended: bool,
}

impl Source {
    /// Fills `block` anew; it is empty at the end of the input.
    fn next(&mut self, block: &mut Block) -> Result<(), Error> {
        let mut filled = self.carry.len();
        let end = BLOCK.max(filled + BLOCK / 2);
        if block.room.len() < end {
            block.room.resize(end, 0);
        }
        block.room[..filled].copy_from_slice(&self.carry);
        self.carry.clear();
        while filled < end && !self.ended {
            match self.reader.read(&mut block.room[filled..end]) {
                Ok(0) => self.ended = true,
                Ok(n) => filled += n,
                Err(e) if e.kind() == IoErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
        block.len = filled;
        if !self.ended
            && let Some(comma) = memchr::memrchr(b',', block.bytes())
        {
            self.carry.extend_from_slice(&block.bytes()[comma + 1..]);
            block.len = comma + 1;
        }
        Ok(())
    }
}

/// What the two threads share besides the source.
#[derive(Default)]
struct Slots {
    /// Blocks taken from the source so far.
    taken: usize,
    /// Blocks handed to the parser so far.
    consumed: usize,
    ready: [Option<Block>; WINDOW],
    free: Vec<Block>,
    error: Option<Error>,
    /// No more blocks will be taken.
    stop: bool,
}

struct Shared {
    source: Mutex<Source>,
    slots: Mutex<Slots>,
    changed: Condvar,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere cannot leave these plain values half-written.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Takes the next block from the source, unless enough are in flight.
    fn take(&self) -> Option<(usize, Block)> {
        let mut source = lock(&self.source);
        let (nth, mut block) = {
            let mut slots = lock(&self.slots);
            if slots.stop || slots.taken - slots.consumed >= WINDOW {
                return None;
            }
            slots.taken += 1;
            (slots.taken - 1, slots.free.pop().unwrap_or_default())
        };
        let result = source.next(&mut block);
        if block.len == 0 || result.is_err() {
            let mut slots = lock(&self.slots);
            slots.stop = true;
            // The number stays unused: the consumer stops before it.
            slots.taken -= 1;
            slots.error = slots.error.take().or(result.err());
            drop(slots);
            self.changed.notify_all();
            return None;
        }
        Some((nth, block))
    }

    fn decode_ahead(&self, nth: usize, mut block: Block) {
        let Block { room, len, guess } = &mut block;
        guess.scan(&room[..*len]);
        lock(&self.slots).ready[nth % WINDOW] = Some(block);
        self.changed.notify_all();
    }

    /// The helper thread: decodes blocks until there are no more.
    fn help(&self) {
        loop {
            if let Some((nth, block)) = self.take() {
                self.decode_ahead(nth, block);
                continue;
            }
            let slots = lock(&self.slots);
            let wait = self
                .changed
                .wait_while(slots, |slots| !slots.stop && slots.taken - slots.consumed >= WINDOW);
            if wait.is_ok_and(|slots| slots.stop) {
                return;
            }
        }
    }

    /// The calling thread: consumes blocks in order, decoding others while the
    /// next one is not ready.
    fn drive(&self, size: u64, feed: &mut Feed) -> Result<(), Error> {
        loop {
            let mut slots = lock(&self.slots);
            let nth = slots.consumed;
            if let Some(block) = slots.ready[nth % WINDOW].take() {
                drop(slots);
                feed.push_speculated(block.bytes(), &block.guess)?;
                self.consumed(block, size, feed);
                continue;
            }
            if slots.stop && slots.taken == nth {
                return slots.error.take().map_or(Ok(()), Err);
            }
            drop(slots);
            match self.take() {
                Some((at, block)) if at == nth => {
                    feed.push(block.bytes())?;
                    self.consumed(block, size, feed);
                }
                Some((at, block)) => self.decode_ahead(at, block),
                None => {
                    let slots = lock(&self.slots);
                    let waiting = |slots: &mut Slots| {
                        slots.ready[nth % WINDOW].is_none() && (slots.taken > nth || !slots.stop)
                    };
                    drop(self.changed.wait_while(slots, waiting));
                }
            }
        }
    }

    fn consumed(&self, block: Block, size: u64, feed: &Feed) {
        feed.control.report(Stage::Read, feed.parser.offset(), size);
        let mut slots = lock(&self.slots);
        slots.consumed += 1;
        slots.free.push(block);
        drop(slots);
        self.changed.notify_all();
    }
}

/// Reads all of `reader` into `feed`.
pub(super) fn pump(
    reader: Box<dyn Read + Send>,
    size: u64,
    feed: &mut Feed,
    options: &ReadOptions,
) -> Result<(), Error> {
    let mut source = Source { reader, carry: Vec::new(), ended: false };
    // Starting a thread costs as much as reading a few blocks.
    if !threads::two(options.threads) || (size > 0 && size < 4 * BLOCK as u64) {
        let mut block = Block::default();
        loop {
            source.next(&mut block)?;
            if block.len == 0 {
                return Ok(());
            }
            feed.push(block.bytes())?;
            feed.control.report(Stage::Read, feed.parser.offset(), size);
        }
    }
    let shared = Shared {
        source: Mutex::new(source),
        slots: Mutex::new(Slots::default()),
        changed: Condvar::new(),
    };
    std::thread::scope(|scope| {
        let helper = std::thread::Builder::new().name("heapsnapshot-read".to_owned());
        // Without the helper the calling thread does everything.
        let _ = helper.spawn_scoped(scope, || shared.help());
        let result = shared.drive(size, feed);
        lock(&shared.slots).stop = true;
        shared.changed.notify_all();
        result
    })
}
