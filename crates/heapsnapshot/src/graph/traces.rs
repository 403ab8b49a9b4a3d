//! Allocation stacks: a tree of calls, whose nodes the objects refer to by a
//! number.

use super::Graph;
use super::record::{BadField, inconsistent, narrow};
use super::sums::Largest;
use crate::error::Error;
use crate::format::{Header, TraceNodeFields};
use crate::ids::{Idx, NodeIx, StrIx, TraceIx, to_u32};
use crate::index_vec::IndexVec;

/// A function in allocation stacks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TraceFunction {
    /// Its name; empty for an anonymous function.
    pub name: StrIx,
    /// The path or URL of its script; empty for a builtin of V8.
    pub script: StrIx,
    /// V8's number of the script; 0 for a builtin of V8.
    pub script_id: u32,
    /// The line in which it begins, 1-based; 0 if V8 does not know it.
    pub line: u32,
    /// The column in which it begins, 1-based, in UTF-16 units; 0 if V8 does not
    /// know it.
    pub column: u32,
}

/// A node of the tree of calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TraceNode {
    /// V8's number of the node, by which objects refer to it.
    pub(crate) id: u32,
    /// Position of the called function.
    pub(crate) function: u32,
    /// The caller's node; `NONE` for the root.
    pub(crate) parent: TraceIx,
    /// Number of objects that V8 saw the function allocate here, also of those
    /// that are gone.
    pub(crate) count: u32,
    /// Bytes of these objects.
    pub(crate) size: u32,
}

/// The allocation stacks of a snapshot; empty unless allocations were tracked.
#[derive(Clone, Default, Debug)]
pub(crate) struct Traces {
    /// By the position in the file.
    pub(crate) functions: Vec<TraceFunction>,
    /// The tree in preorder.
    pub(crate) nodes: IndexVec<TraceIx, TraceNode>,
    /// The nodes sorted by id. Of several with the same id, only the last one,
    /// as in DevTools.
    by_id: Vec<TraceIx>,
}

impl Traces {
    /// Returns the node with an id.
    pub(crate) fn find(&self, id: u32) -> Option<TraceIx> {
        let at = self.by_id.binary_search_by_key(&id, |&node| self.nodes[node].id).ok()?;
        Some(self.by_id[at])
    }

    /// Returns the memory of the stacks in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.functions.capacity() * size_of::<TraceFunction>()
            + self.nodes.capacity() * size_of::<TraceNode>()
            + self.by_id.capacity() * size_of::<TraceIx>()
    }
}

/// The allocation stacks being read. The tree and the functions can come in any
/// order.
#[derive(Debug)]
pub(super) struct OpenTraces {
    traces: Traces,
    /// The innermost node whose children are being read.
    open: TraceIx,
    /// The largest name of a function, to compare with the number of strings.
    largest_name: Largest,
    /// The largest position of a function, to compare with their number.
    largest_function: Largest,
}

impl Default for OpenTraces {
    fn default() -> Self {
        Self {
            traces: Traces::default(),
            open: TraceIx::NONE,
            largest_name: Largest::default(),
            largest_function: Largest::default(),
        }
    }
}

impl OpenTraces {
    /// Returns the number of functions so far.
    pub(super) fn function_count(&self) -> usize {
        self.traces.functions.len()
    }

    /// Returns the number of nodes so far.
    pub(super) fn node_count(&self) -> usize {
        self.traces.nodes.len()
    }

    /// Stores a function. Ignores it if the header does not describe functions.
    pub(super) fn function(&mut self, header: &Header, record: &[u64]) -> Result<(), BadField> {
        let Some(fields) = &header.trace_functions else { return Ok(()) };
        let number = |column: usize, name| narrow(record[column], column, name);
        let function = TraceFunction {
            name: StrIx(number(fields.name, "name")?),
            script: StrIx(number(fields.script_name, "script_name")?),
            script_id: number(fields.script_id, "script_id")?,
            line: number(fields.line, "line")?,
            column: number(fields.column, "column")?,
        };
        let index = self.function_count() as u64;
        self.largest_name.offer(function.name.max(function.script).0, || index);
        self.traces.functions.push(function);
        Ok(())
    }

    /// Stores a node below the innermost open one, and opens it.
    pub(super) fn enter(
        &mut self,
        fields: &TraceNodeFields,
        record: &[u64],
    ) -> Result<(), BadField> {
        let number = |column: usize, name| narrow(record[column], column, name);
        let nodes = &mut self.traces.nodes;
        if self.open == TraceIx::NONE && !nodes.is_empty() {
            return Err(BadField::inconsistent(0, "the tree has a second root".to_owned()));
        }
        let node = TraceNode {
            id: number(fields.id, "id")?,
            function: number(fields.function, "function_info_index")?,
            parent: self.open,
            count: number(fields.count, "count")?,
            size: number(fields.size, "size")?,
        };
        let index = nodes.len();
        narrow(index as u64 + 1, 0, "number of nodes")?;
        self.largest_function.offer(node.function, || index as u64);
        nodes.push(node);
        self.open = TraceIx::at(index);
        Ok(())
    }

    /// Closes the innermost open node.
    pub(super) fn leave(&mut self) {
        self.open = self.traces.nodes.get(self.open).map_or(TraceIx::NONE, |node| node.parent);
    }

    /// Checks the references, and returns the stacks. `strings` is the length of
    /// the string table.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Inconsistent`] if a node or function refers to
    /// something that does not exist.
    pub(super) fn finish(self, strings: usize) -> Result<Traces, Error> {
        let Self { mut traces, largest_name, largest_function, .. } = self;
        let functions = traces.functions.len();
        let beyond = |largest: Largest, limit: usize, is_used: bool| {
            is_used && largest.name as usize >= limit
        };
        if beyond(largest_name, strings, functions > 0) {
            let message = format!("name {} is beyond the {strings} strings", largest_name.name);
            let error = inconsistent(message).in_section("trace_function_infos");
            return Err(error.at_index(largest_name.index));
        }
        if beyond(largest_function, functions, !traces.nodes.is_empty()) {
            let message =
                format!("function {} is beyond the {functions} functions", largest_function.name);
            let error = inconsistent(message).in_section("trace_tree");
            return Err(error.at_index(largest_function.index));
        }
        let mut by_id: Vec<TraceIx> = (0..to_u32(traces.nodes.len())).rev().map(TraceIx).collect();
        // Stable: of equal ids, the last node of the file comes first.
        by_id.sort_by_key(|&node| traces.nodes[node].id);
        by_id.dedup_by_key(|node| traces.nodes[*node].id);
        by_id.shrink_to_fit();
        traces.by_id = by_id;
        traces.functions.shrink_to_fit();
        traces.nodes.shrink_to_fit();
        Ok(traces)
    }
}

impl Graph {
    /// Returns V8's number of the stack that allocated `node`; 0 if it is not
    /// known.
    #[must_use]
    pub fn trace_node_id(&self, node: NodeIx) -> u32 {
        self.trace_node_ids.get(node).copied().unwrap_or(0)
    }

    /// Returns whether the snapshot has allocation stacks: V8 tracked
    /// allocations.
    #[must_use]
    pub fn has_allocation_stacks(&self) -> bool {
        !self.traces.nodes.is_empty()
    }

    /// Returns the stack that allocated `node`, if the snapshot has it. O(log S)
    /// time for S stacks.
    #[must_use]
    pub fn allocation_trace(&self, node: NodeIx) -> Option<TraceIx> {
        match self.trace_node_id(node) {
            0 => None,
            id => self.traces.find(id),
        }
    }

    /// Returns the functions of a stack: the one that allocated, its caller, and
    /// so on to V8's `(root)`.
    ///
    /// # Examples
    /// ```
    /// use heapsnapshot::{Graph, ReadOptions};
    ///
    /// # let path = "../../test/fixtures/adversarial2.heapsnapshot.gz";
    /// let graph = Graph::from_file(path, &ReadOptions::default())?;
    /// let tracked = graph.nodes().find_map(|node| graph.allocation_trace(node)).expect("one");
    /// let frames: Vec<_> = graph.trace_frames(tracked).collect();
    /// assert_eq!(graph.text(frames.last().expect("a root").name), "(root)");
    /// # Ok::<(), heapsnapshot::Error>(())
    /// ```
    pub fn trace_frames(&self, trace: TraceIx) -> impl Iterator<Item = TraceFunction> + '_ {
        let nodes = &self.traces.nodes;
        let stack = std::iter::successors(nodes.get(trace), |node| nodes.get(node.parent));
        stack.map(|node| self.traces.functions[node.function as usize])
    }
}
