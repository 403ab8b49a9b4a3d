//! Builds a [`Graph`] from the events of the reader. Checks every
//! cross-reference of the file, once; later code relies on it.

use super::divisor::ExactDivisor;
use super::ephemeron::{self, Ephemerons};
use super::record::{BadField, inconsistent, narrow};
use super::sums::{Largest, Sums, position};
use super::traces::OpenTraces;
use super::{Column, Edges, Graph, Location, Sample, Starts, plain, record};
use crate::error::{Error, ErrorKind};
use crate::format::{BadNumber, Header, MAX_INTEGER, NEGATIVE, Section, Sink, StringEnd};
use crate::ids::{NodeIx, to_u32};
use crate::threads;

/// Collects a snapshot, and turns it into a [`Graph`].
#[derive(Debug, Default)]
pub(crate) struct Builder {
    graph: Graph,
    /// The header, once it was read.
    header: Option<Header>,
    /// The start of a record that continues in the next batch.
    partial: Vec<u64>,
    /// Locations in the order of the file, which can contain a node twice.
    locations: Vec<(NodeIx, Location)>,
    /// Length of the input in bytes if known, else 0. Limits the memory
    /// reserved.
    input_bytes: u64,
    /// Sums over the nodes, to compare with the header and the edges.
    sums: Sums,
    /// The largest name of an edge, to compare with the number of strings.
    largest_edge_name: Largest,
    /// The allocation stacks so far.
    traces: OpenTraces,
}

impl Builder {
    /// Returns a builder for an input of `input_bytes` bytes; 0 if that is not
    /// known.
    pub(crate) fn new(input_bytes: u64) -> Self {
        Self { input_bytes, ..Self::default() }
    }

    /// Returns how many records to reserve memory for: the number that the
    /// header states, but not more than fit into the input.
    ///
    /// A damaged or malicious header can therefore not make this crate allocate
    /// more than a small multiple of the size of the file.
    fn plausible(&self, stated: u64, fields: usize) -> usize {
        let shortest = 2 * fields as u64;
        let unknown_input = 1 << 16;
        let most = if self.input_bytes == 0 { unknown_input } else { self.input_bytes / shortest };
        usize::try_from(stated.min(most)).unwrap_or(0)
    }

    /// Checks and stores a location. Ignores it if the header does not describe
    /// locations.
    fn location(&mut self, header: &Header, record: &[u64]) -> Result<(), BadField> {
        let Some(fields) = &header.locations else { return Ok(()) };
        let object = record[fields.object];
        let width = header.nodes.len as u64;
        if !object.is_multiple_of(width) || object / width >= header.node_count {
            let message = format!("object_index {object} is not the position of a node");
            return Err(BadField::inconsistent(fields.object, message));
        }
        // A position before the first character of the script. Uses the first
        // character, which is the nearest existing position.
        let place = |field, name| match record[field] {
            NEGATIVE => Ok(0),
            value => narrow(value, field, name),
        };
        let location = Location {
            script_id: narrow(record[fields.script], fields.script, "script_id")?,
            line: place(fields.line, "line")?,
            column: place(fields.column, "column")?,
        };
        self.locations.push((position(object / width), location));
        Ok(())
    }

    /// Checks and stores a record of `section`.
    fn record(
        &mut self,
        header: &Header,
        section: Section,
        record: &[u64],
    ) -> Result<(), BadField> {
        match section {
            Section::Nodes => record::node(&mut self.graph, header, &mut self.sums, record),
            Section::Edges => {
                let width = ExactDivisor::new(header.nodes.len as u64);
                record::edge(&mut self.graph, header, width, &mut self.largest_edge_name, record)
            }
            Section::Locations => self.location(header, record),
            Section::Samples => {
                if let Some(fields) = &header.samples {
                    self.graph.samples.push(Sample {
                        timestamp_us: record[fields.timestamp],
                        last_assigned_id: record[fields.last_id],
                    });
                }
                Ok(())
            }
            Section::TraceFunctions => self.traces.function(header, record),
        }
    }

    /// Returns the number of records of `section` so far.
    fn count(&self, section: Section) -> u64 {
        (match section {
            Section::Nodes => self.graph.kinds.len(),
            Section::Edges => self.graph.edges.len(),
            Section::Locations => self.locations.len(),
            Section::Samples => self.graph.samples.len(),
            Section::TraceFunctions => self.traces.function_count(),
        }) as u64
    }

    /// Stores the next numbers of `section`. They can start and end inside a
    /// record.
    ///
    /// # Errors
    /// The first number that is refused, with its position in `values`.
    fn batch(
        &mut self,
        header: &Header,
        section: Section,
        values: &[u64],
    ) -> Result<(), BadNumber> {
        let width = header.width(section);
        let mut used = 0;
        if !self.partial.is_empty() {
            let before = self.partial.len();
            used = values.len().min(width - before);
            self.partial.extend_from_slice(&values[..used]);
            if self.partial.len() < width {
                return Ok(());
            }
            let record = std::mem::take(&mut self.partial);
            self.record(header, section, &record).map_err(|bad| BadNumber {
                at: bad.column.cast_signed() - before.cast_signed(),
                index: self.count(section),
                error: bad.error,
            })?;
            self.partial = record;
            self.partial.clear();
        }
        let whole = (values.len() - used) / width * width;
        let (records, rest) = values[used..].split_at(whole);
        for piece in records.chunks(plain::PIECE * width) {
            if !self.plain(header, section, piece) {
                for (nth, record) in piece.chunks_exact(width).enumerate() {
                    self.record(header, section, record).map_err(|bad| BadNumber {
                        at: (used + nth * width + bad.column).cast_signed(),
                        index: self.count(section),
                        error: bad.error,
                    })?;
                }
            }
            used += piece.len();
        }
        self.partial.extend_from_slice(rest);
        Ok(())
    }

    /// Stores all records of `piece` at once, if none needs a closer look.
    /// Returns whether it did.
    fn plain(&mut self, header: &Header, section: Section, piece: &[u64]) -> bool {
        match section {
            Section::Nodes => {
                let nodes = match header.nodes.len {
                    5 => plain::nodes::<5>,
                    6 => plain::nodes::<6>,
                    7 => plain::nodes::<7>,
                    _ => return false,
                };
                nodes(&mut self.graph, header, &mut self.sums, piece)
            }
            Section::Edges if header.edges.len == 3 => {
                plain::edges(&mut self.graph, header, &mut self.largest_edge_name, piece)
            }
            _ => false,
        }
    }

    /// Makes the checks that need the whole file, and returns the graph.
    /// `threads` as in [`ReadOptions`](crate::ReadOptions).
    ///
    /// # Errors
    /// [`ErrorKind::Inconsistent`] if the number of edges or the names of nodes
    /// or edges contradict other sections.
    pub(crate) fn finish(mut self, threads: usize) -> Result<Graph, Error> {
        let header = self
            .header
            .take()
            .ok_or_else(|| inconsistent("the snapshot has no header".to_owned()))?;
        let mut graph = self.graph;
        if self.sums.edges != graph.edges.len() as u64 {
            let message = format!(
                "the edge counts of the nodes sum to {}, but there are {} edges",
                self.sums.edges,
                graph.edges.len()
            );
            return Err(inconsistent(message).in_section("nodes"));
        }
        for (section, Largest { name, index }) in
            [("nodes", self.sums.largest_name), ("edges", self.largest_edge_name)]
        {
            if name as usize >= graph.strings.len() && (name > 0 || graph.strings.len() == 0) {
                let message = format!("name {name} is beyond the {} strings", graph.strings.len());
                return Err(inconsistent(message).in_section(section).at_index(index));
            }
        }
        graph.first_edges.finish();
        graph.traces = self.traces.finish(graph.strings.len())?;

        let two = threads::two(threads) && graph.kinds.len() > threads::MIN_PARALLEL_NODES;
        let (ephemerons, locations) =
            threads::beside(two, || Ephemerons::find(&graph.strings), || by_node(&self.locations));
        (graph.ephemerons, graph.locations) = (ephemerons, locations);
        graph.strings.shrink();
        graph.edges.shrink();
        graph.self_sizes.shrink();
        graph.names.shrink_to_fit();
        graph.ids.shrink_to_fit();
        graph.kinds.shrink_to_fit();
        graph.detachedness.shrink_to_fit();
        if !graph.trace_node_ids.is_empty() {
            graph.trace_node_ids.resize(graph.kinds.len(), 0);
        }
        ephemeron::mark(&mut graph, two);
        graph.node_kind_names = header.node_kinds.names;
        graph.edge_kind_names = header.edge_kinds.names;
        graph.has_detachedness = header.nodes.detachedness.is_some();
        graph.extra_native_bytes = header.extra_native_bytes;
        graph.node_field_count = to_u32(header.nodes.len);
        Ok(graph)
    }
}

/// Returns the locations sorted by node. Of several locations of one node, the
/// last one counts, as in DevTools.
fn by_node(locations: &[(NodeIx, Location)]) -> Vec<(NodeIx, Location)> {
    let mut sorted = locations.to_vec();
    // Stable.
    sorted.sort_by_key(|&(node, _)| node);
    sorted.reverse();
    sorted.dedup_by_key(|&mut (node, _)| node);
    sorted.reverse();
    sorted.shrink_to_fit();
    sorted
}

impl Sink for Builder {
    fn header(&mut self, header: Header) -> Result<(), Error> {
        let fail = |message| Err(inconsistent(message).in_section("snapshot"));
        let limit = u64::from(u32::MAX) - 1;
        for (name, count) in [("node_count", header.node_count), ("edge_count", header.edge_count)]
        {
            if count > limit {
                return Err(Error::new(ErrorKind::Limit, format!("{name} is beyond 32 bits"))
                    .with_limit(limit, count)
                    .in_section("snapshot"));
            }
        }
        if header.extra_native_bytes > MAX_INTEGER {
            return Err(Error::new(ErrorKind::Limit, "extra_native_bytes is beyond 2^53")
                .with_limit(MAX_INTEGER, header.extra_native_bytes)
                .in_section("snapshot"));
        }
        if header.node_count == 0 {
            return fail("a snapshot has one node at least".to_owned());
        }
        let width = header.nodes.len as u64;
        if !header.root_index.is_multiple_of(width)
            || header.root_index / width >= header.node_count
        {
            return fail(format!("root_index {} is not the position of a node", header.root_index));
        }
        self.graph.root = position(header.root_index / width);
        let nodes = self.plausible(header.node_count, header.nodes.len);
        self.graph.kinds.reserve_exact(nodes);
        self.graph.names.reserve_exact(nodes);
        self.graph.ids.reserve_exact(nodes);
        self.graph.self_sizes = Column::with_capacity(nodes);
        self.graph.first_edges = Starts::with_capacity(nodes);
        let edges = self.plausible(header.edge_count, header.edges.len);
        self.graph.edges = Edges::new(header.node_count, edges);
        self.header = Some(header);
        Ok(())
    }

    fn numbers(&mut self, section: Section, values: &[u64]) -> Result<(), BadNumber> {
        // Moved out during the call, because `batch` borrows the builder mutably.
        let Some(header) = self.header.take() else { return Ok(()) };
        let result = self.batch(&header, section, values);
        self.header = Some(header);
        result
    }

    fn trace_node(&mut self, record: &[u64]) -> Result<(), BadNumber> {
        let Some(fields) = self.header.as_ref().and_then(|header| header.trace_nodes.as_ref())
        else {
            return Ok(());
        };
        let index = self.traces.node_count() as u64;
        self.traces.enter(fields, record).map_err(|bad| BadNumber {
            at: bad.column.cast_signed(),
            index,
            error: bad.error,
        })
    }

    fn trace_node_end(&mut self) {
        self.traces.leave();
    }

    fn string_piece(&mut self, raw: &[u8]) {
        self.graph.strings.push_piece(raw);
    }

    fn string_end(&mut self, end: StringEnd) -> Result<(), Error> {
        if self.graph.strings.len() as u64 >= u64::from(u32::MAX) - 1 {
            return Err(Error::new(ErrorKind::Limit, "more than 2^32 strings"));
        }
        self.graph.strings.finish_raw(end)
    }

    fn section_end(&mut self, name: &'static str) -> Result<(), Error> {
        let Some(header) = &self.header else { return Ok(()) };
        if !self.partial.is_empty() {
            return Err(inconsistent(format!(
                "the section ends inside a record, after {} of its numbers",
                self.partial.len()
            )));
        }
        let (found, stated) = match name {
            "nodes" => (self.count(Section::Nodes), header.node_count),
            "edges" => (self.count(Section::Edges), header.edge_count),
            // V8 states the number of functions in stacks, too, but finds more if the receiver of
            // the text allocates.
            _ => return Ok(()),
        };
        if found != stated {
            let message = format!("expected {stated} records as the header states, found {found}");
            return Err(inconsistent(message));
        }
        Ok(())
    }
}
