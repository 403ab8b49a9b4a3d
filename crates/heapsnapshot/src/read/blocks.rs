//! Moves bytes from a reader to the parser, and decodes integers on two
//! threads.
//!
//! Both threads take blocks from the reader in turn. Each block starts just
//! after a comma. A thread can therefore decode it on the assumption that it is
//! inside an array of integers, which is true for nearly all blocks. The
//! calling thread passes the decoded blocks to the parser in the order of the
//! file. The parser checks the assumption, and decodes the rest of a block
//! itself. The result is the same as with one thread.

use std::io::{ErrorKind as IoErrorKind, Read};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::{Feed, ReadOptions};
use crate::control::Stage;
use crate::error::Error;
use crate::format::Speculation;
use crate::threads;

/// Bytes per block. A block and its decoded integers fit into a second-level
/// cache of 512 KiB. Smaller blocks would need more synchronisation, larger
/// ones more memory.
const BLOCK: usize = 128 << 10;

/// Maximum number of blocks that were taken from the reader and not yet parsed.
const WINDOW: usize = 6;

/// A block of input.
#[derive(Debug, Default)]
struct Block {
    /// The block, followed by bytes of earlier ones: clearing them would take
    /// time.
    room: Vec<u8>,
    /// Length of the block.
    len: usize,
    /// The integers decoded from it.
    guess: Speculation,
}

impl Block {
    /// Returns the block.
    fn bytes(&self) -> &[u8] {
        &self.room[..self.len]
    }
}

/// Divides the input into blocks that end after a comma.
struct Source {
    reader: Box<dyn Read + Send>,
    /// The bytes after the last comma of the previous block.
    carry: Vec<u8>,
    /// Whether the reader has no more bytes.
    ended: bool,
}

impl Source {
    /// Fills `block` with the next bytes. It is empty at the end of the input.
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

/// The state that the two threads share, except for the source.
#[derive(Default)]
struct Slots {
    /// Number of blocks taken from the source so far.
    taken: usize,
    /// Number of blocks parsed so far.
    consumed: usize,
    /// Decoded blocks that wait for the parser, by their number modulo
    /// [`WINDOW`].
    ready: [Option<Block>; WINDOW],
    /// Blocks to be filled again.
    free: Vec<Block>,
    /// Why reading failed.
    error: Option<Error>,
    /// Whether no more blocks will be taken.
    stop: bool,
}

/// The source and the state of both threads. Locked in the order of the fields.
struct Shared {
    source: Mutex<Source>,
    slots: Mutex<Slots>,
    changed: Condvar,
}

/// Locks a mutex, also if a thread panicked while it held the lock: a panic
/// cannot leave these plain values half-written.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Takes the next block from the source. Returns its number; `None` at the
    /// end or if [`WINDOW`] blocks are waiting.
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
            // There is no block of this number: `drive` stops before it.
            slots.taken -= 1;
            slots.error = slots.error.take().or(result.err());
            drop(slots);
            self.changed.notify_all();
            return None;
        }
        Some((nth, block))
    }

    /// Decodes a block, and makes it available to the parser.
    fn decode_ahead(&self, nth: usize, mut block: Block) {
        let Block { room, len, guess } = &mut block;
        guess.scan(&room[..*len]);
        lock(&self.slots).ready[nth % WINDOW] = Some(block);
        self.changed.notify_all();
    }

    /// The second thread: decodes blocks until there are no more.
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

    /// The calling thread: parses the blocks in order. Decodes other blocks
    /// while the next one is not ready.
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

    /// Reports progress, and makes a parsed block free.
    fn consumed(&self, block: Block, size: u64, feed: &Feed) {
        feed.control.report(Stage::Read, feed.parser.offset(), size);
        let mut slots = lock(&self.slots);
        slots.consumed += 1;
        slots.free.push(block);
        drop(slots);
        self.changed.notify_all();
    }
}

/// Reads all of `reader` into `feed`. `size` is the length in bytes, 0 if it is
/// not known.
///
/// # Errors
/// Those of the reader and of the parser.
pub(super) fn pump(
    reader: Box<dyn Read + Send>,
    size: u64,
    feed: &mut Feed,
    options: &ReadOptions,
) -> Result<(), Error> {
    let mut source = Source { reader, carry: Vec::new(), ended: false };
    // Starting a thread takes as long as reading a few blocks.
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
        // If the system refuses a thread, the calling thread does everything.
        let _ = helper.spawn_scoped(scope, || shared.help());
        let result = shared.drive(size, feed);
        lock(&shared.slots).stop = true;
        shared.changed.notify_all();
        result
    })
}
