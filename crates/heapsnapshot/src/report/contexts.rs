//! Sizes by native context, and what function contexts keep alive.

use super::Filter;
use crate::analysis::Analysis;
use crate::error::Error;
use crate::ids::NodeIx;
use crate::pass::native_context::NativeContext;

/// Bytes attributed to one native context.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NativeContextSize {
    /// The context.
    pub node: NodeIx,
    /// Shallow sizes of all nodes that only this context holds.
    pub attributed_size: u64,
}

/// Bytes by native context.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NativeContextSizes {
    /// The contexts in file order.
    pub contexts: Vec<NativeContextSize>,
    /// Bytes that several contexts hold.
    pub shared_size: u64,
    /// Bytes that no context holds.
    pub unattributed_size: u64,
}

/// What would go away with all function contexts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ContextSummary {
    /// Function contexts with a size.
    pub context_count: u64,
    /// Bytes that only contexts keep alive.
    pub retained_size: u64,
    /// Objects that only contexts keep alive.
    pub retained_count: u64,
    /// Bytes of all else.
    pub other_size: u64,
    /// Objects of all else.
    pub other_count: u64,
}

impl Analysis {
    /// Returns the bytes attributed to each native context.
    ///
    /// # Complexity
    /// O(N), and O(N + E) on the first call.
    #[must_use]
    pub fn native_context_sizes(&self) -> NativeContextSizes {
        let attribution = self.native_contexts();
        let mut sizes = vec![0u64; attribution.contexts.len()];
        let mut result = NativeContextSizes::default();
        for node in self.graph.nodes() {
            let size = self.shallow.get(node);
            match attribution.of(node) {
                NativeContext::None => result.unattributed_size += size,
                NativeContext::Shared => result.shared_size += size,
                NativeContext::Of(context) => {
                    if let Ok(at) = attribution.contexts.binary_search(&context) {
                        sizes[at] += size;
                    }
                }
            }
        }
        result.contexts = attribution
            .contexts
            .iter()
            .zip(sizes)
            .map(|(&node, attributed_size)| NativeContextSize { node, attributed_size })
            .collect();
        result
    }

    /// Returns what only function contexts keep alive.
    ///
    /// # Errors
    /// None at present; the filter behind it could fail.
    ///
    /// # Complexity
    /// O(N + E) time, 8 bytes a node.
    pub fn context_summary(&self) -> Result<ContextSummary, Error> {
        let contexts = super::filter::context_strings(self);
        let retained = Filter::RetainedByContexts.passing(self)?;
        let mut sums = ContextSummary::default();
        for node in self.graph.nodes() {
            let size = self.shallow.get(node);
            if size == 0 {
                continue;
            }
            if retained.as_deref().is_some_and(|retained| retained.contains(node)) {
                sums.retained_count += 1;
                sums.retained_size += size;
            } else {
                sums.other_count += 1;
                sums.other_size += size;
            }
            sums.context_count += u64::from(contexts.contains(self.graph.names[node]));
        }
        Ok(sums)
    }
}
