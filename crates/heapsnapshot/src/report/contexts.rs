//! Sizes by native context, and the objects that only function contexts keep
//! alive.

use super::Filter;
use crate::analysis::Analysis;
use crate::error::Error;
use crate::ids::NodeIx;
use crate::pass::native_context::NativeContext;

/// The bytes of one native context.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NativeContextSize {
    /// The context.
    pub node: NodeIx,
    /// Sum of the shallow sizes of the nodes that only this context reaches, in
    /// bytes.
    pub attributed_size: u64,
}

/// The bytes of all native contexts. All fields together are the sum of the
/// shallow sizes of the snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NativeContextSizes {
    /// The contexts, in the order of the file.
    pub contexts: Vec<NativeContextSize>,
    /// Bytes of nodes that several contexts reach.
    pub shared_size: u64,
    /// Bytes of nodes that no context reaches.
    pub unattributed_size: u64,
}

/// Objects that would be freed without function contexts (the scopes of closures).
/// DevTools' "retained by context".
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ContextSummary {
    /// Number of function contexts whose shallow size is not 0.
    pub context_count: u64,
    /// Bytes of the objects that only contexts keep alive.
    pub retained_size: u64,
    /// Number of the objects that only contexts keep alive.
    pub retained_count: u64,
    /// Bytes of all other objects.
    pub other_size: u64,
    /// Number of all other objects.
    pub other_count: u64,
}

impl Analysis {
    /// Returns the bytes of each native context. See
    /// [`Analysis::native_context`] for the attribution.
    ///
    /// # Complexity
    /// O(N) time; O(N + E) for the first call.
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

    /// Returns the totals of the objects that only function contexts keep
    /// alive, and of all others.
    ///
    /// # Errors
    /// None at present. The filter that it uses can fail in general.
    ///
    /// # Complexity
    /// O(N + E) time. Needs 8 bytes per node.
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
