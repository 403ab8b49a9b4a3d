//! Reads a [`Graph`]: from a file, from any reader, from memory, or from pushed
//! chunks.

mod blocks;
mod compressed;
mod locate;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::control::{Control, Stage};
use crate::error::Error;
use crate::format::{Parser, Speculation};
use crate::graph::{Builder, Graph};
use compressed::PushDecoder;
use locate::Locator;

/// Options for reading.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Cancellation and progress.
    pub control: Control,
    /// Maximum number of threads; 0 means two if the machine has them. The
    /// result does not depend on it.
    pub threads: usize,
}

/// Builds a graph from chunks of bytes of any size. They can be plain, or
/// compressed with gzip or zstd; the first bytes decide.
///
/// Use it when the input arrives piece by piece, such as from a network
/// connection. For files, [`Graph::from_file`] is faster: it decodes on two
/// threads.
///
/// # Memory
/// The columns of the graph (see [the memory table](crate#memory)). Compressed
/// zstd input is collected until [`Reader::finish`].
///
/// # Examples
/// ```
/// use heapsnapshot::Reader;
/// let text = br#"{"snapshot":{"meta":{
///   "node_fields":["type","name","id","self_size","edge_count"],
///   "node_types":[["synthetic"],"string","number","number","number"],
///   "edge_fields":["type","name_or_index","to_node"],
///   "edge_types":[["element"],"string_or_number","node"]},
///   "node_count":1,"edge_count":0},
///   "nodes":[0,0,1,0,0],"edges":[],"strings":["(root)"]}"#;
/// let mut reader = Reader::new();
/// for chunk in text.chunks(7) {
///     reader.push(chunk)?;
/// }
/// let graph = reader.finish()?;
/// assert_eq!(graph.name(graph.root()), "(root)");
/// # Ok::<(), heapsnapshot::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader {
    decoder: PushDecoder,
    feed: Feed,
}

/// The parser and the builder that it feeds.
#[derive(Debug)]
pub(crate) struct Feed {
    parser: Parser,
    builder: Builder,
    control: Control,
}

impl Feed {
    /// Returns a feed for an input of `input_bytes` bytes; 0 if that is not
    /// known.
    fn new(input_bytes: u64, control: Control) -> Self {
        Self { parser: Parser::new(), builder: Builder::new(input_bytes), control }
    }

    /// Parses the next plain bytes.
    fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.control.check()?;
        self.parser.push(bytes, &mut self.builder)
    }

    /// Parses the next plain bytes, whose integers `guess` may contain already.
    fn push_speculated(&mut self, bytes: &[u8], guess: &Speculation) -> Result<(), Error> {
        self.control.check()?;
        self.parser.push_speculated(bytes, guess, &mut self.builder)
    }

    /// Ends the input and returns the graph.
    fn finish(self, threads: usize) -> Result<Graph, Error> {
        self.parser.finish()?;
        self.builder.finish(threads)
    }
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// Returns a reader that cannot be cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::with_control(Control::new())
    }

    /// Returns a reader that `control` can cancel.
    #[must_use]
    pub fn with_control(control: Control) -> Self {
        Self { decoder: PushDecoder::new(), feed: Feed::new(0, control) }
    }

    /// Parses the next bytes.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Parse`], `Unsupported`, `Inconsistent` or `Limit` as
    /// soon as the bytes show it; `Cancelled`; `Io` if compressed data is
    /// damaged. The reader must not be used after an error.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let feed = &mut self.feed;
        self.decoder.push(bytes, &mut |plain| feed.push(plain))
    }

    /// Ends the input and returns the graph.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Truncated`] if the snapshot is not complete,
    /// `Inconsistent` if its sections contradict each other. With compressed
    /// input also the errors of [`Self::push`].
    pub fn finish(mut self) -> Result<Graph, Error> {
        let feed = &mut self.feed;
        self.decoder.finish(&mut |plain| feed.push(plain))?;
        self.feed.finish(0)
    }
}

impl Graph {
    /// Reads a snapshot file: plain, gzip or zstd.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] if the file cannot be read; otherwise those of
    /// [`Reader::push`] and [`Reader::finish`].
    ///
    /// # Complexity
    /// O(bytes) time. Needs memory for the columns (see [the memory
    /// table](crate#memory)) and a few blocks of 128 KiB. After some errors,
    /// the file is read again to find the offset of the wrong number.
    ///
    /// # Examples
    /// ```
    /// use heapsnapshot::{Graph, ReadOptions};
    ///
    /// # let path = "../../test/fixtures/node20.heapsnapshot.zst";
    /// let graph = Graph::from_file(path, &ReadOptions::default())?;
    /// println!("{} nodes, {} edges", graph.node_count(), graph.edge_count());
    ///
    /// let error = Graph::from_file("missing.heapsnapshot", &ReadOptions::default()).unwrap_err();
    /// assert_eq!(error.kind(), heapsnapshot::ErrorKind::Io);
    /// # Ok::<(), heapsnapshot::Error>(())
    /// ```
    pub fn from_file(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self, Error> {
        let path = path.as_ref();
        let file = File::open(path)?;
        // The reported size of a pipe or device is not the length of the input.
        let size = file.metadata().map_or(0, |m| if m.is_file() { m.len() } else { 0 });
        Self::from_source(Box::new(file), size, options).map_err(|error| {
            let Some(mut locator) = Locator::new(&error) else { return error };
            let Ok(again) = File::open(path) else { return error };
            let Ok((mut source, _)) = compressed::open(Box::new(again)) else { return error };
            let mut parser = Parser::new();
            let mut bytes = vec![0; 64 << 10];
            while let Ok(len @ 1..) = source.read(&mut bytes) {
                if let Err(found) = parser.push(&bytes[..len], &mut locator) {
                    return error.at_offset(found.offset().unwrap_or_default());
                }
            }
            error
        })
    }

    /// Reads a snapshot from `source`: plain, gzip or zstd.
    ///
    /// # Errors
    /// Those of [`Self::from_file`].
    pub fn from_reader(
        source: impl Read + Send + 'static,
        options: &ReadOptions,
    ) -> Result<Self, Error> {
        Self::from_source(Box::new(source), 0, options)
    }

    /// Reads a snapshot from memory: plain, gzip or zstd.
    ///
    /// # Errors
    /// Those of [`Reader::push`] and [`Reader::finish`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new();
        reader.push(bytes)?;
        reader.finish().map_err(|error| {
            let Some(mut locator) = Locator::new(&error) else { return error };
            let mut parser = Parser::new();
            let mut decoder = PushDecoder::new();
            match decoder.push(bytes, &mut |plain| parser.push(plain, &mut locator)) {
                Err(found) => error.at_offset(found.offset().unwrap_or_default()),
                Ok(()) => error,
            }
        })
    }

    /// Reads a snapshot of `size` bytes; 0 if the size is not known.
    fn from_source(
        source: Box<dyn Read + Send>,
        size: u64,
        options: &ReadOptions,
    ) -> Result<Self, Error> {
        options.control.enter(Stage::Read)?;
        let (source, plain) = compressed::open(source)?;
        // Only the size of uncompressed input bounds the number of records.
        let size = if plain { size } else { 0 };
        let mut feed = Feed::new(size, options.control.clone());
        blocks::pump(source, size, &mut feed, options)?;
        feed.finish(options.threads)
    }
}
