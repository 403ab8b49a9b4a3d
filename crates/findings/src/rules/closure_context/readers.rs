//! Finds the functions that can read a scope: those created in it, and in the scopes inside it.

use std::collections::BTreeSet;

use heapsnapshot::{NodeIx, NodeKind};

use crate::heap::{Heap, Origin};
use crate::words::Word;

/// Maximum number of visited functions plus scopes still to visit below one scope. Larger trees
/// occur only below scopes of modules. Their [`Readers`] are partial, and no finding is made.
const MAX_FUNCTIONS: usize = 4000;

/// An index from a scope to the living functions created in it, and to the scopes directly inside
/// it.
pub(super) struct ScopeTree {
    /// Pairs of `(scope, function)`, sorted.
    functions: Vec<(NodeIx, NodeIx)>,
    /// Pairs of `(outer scope, inner scope)`, sorted.
    scopes: Vec<(NodeIx, NodeIx)>,
}

/// The living functions that can read a scope, by where they were defined.
#[derive(Default)]
pub(super) struct Readers {
    /// Living functions created directly in the scope. A copy of `all` if there are none.
    pub(super) direct: BTreeSet<Origin>,
    /// Functions created in the scope, or in scopes inside it.
    pub(super) all: BTreeSet<Origin>,
    /// Whether some functions are missing, because V8 does not know where they were defined, or
    /// because the search stopped at [`MAX_FUNCTIONS`].
    pub(super) is_partial: bool,
    /// An example, preferably a function created directly in the scope.
    pub(super) example: Option<NodeIx>,
}

impl ScopeTree {
    /// Collects the functions and scopes of a heap. O(N + E) time.
    pub(super) fn new(heap: &Heap<'_>) -> Self {
        let mut functions = Vec::new();
        let mut scopes = Vec::new();
        for node in heap.graph.nodes() {
            match heap.graph.kind(node) {
                NodeKind::CLOSURE => {
                    if let Some(context) = heap
                        .internal(node, Word::Context)
                        .filter(|&context| heap.is_context(context))
                    {
                        functions.push((context, node));
                    }
                }
                NodeKind::OBJECT if heap.is_context(node) => {
                    if let Some(outer) =
                        heap.internal(node, Word::Previous).filter(|&outer| heap.is_context(outer))
                    {
                        scopes.push((outer, node));
                    }
                }
                // A suspended function can resume and read its scope.
                NodeKind::OBJECT => {
                    if let Some(function) = suspended(heap, node)
                        && let Some(context) = heap.internal(node, Word::Context)
                    {
                        functions.push((context, function));
                    }
                }
                _ => {}
            }
        }
        functions.sort_unstable();
        scopes.sort_unstable();
        Self { functions, scopes }
    }

    /// Returns the second items of the pairs that start with `scope`, by binary search.
    fn of(list: &[(NodeIx, NodeIx)], scope: NodeIx) -> impl Iterator<Item = NodeIx> + '_ {
        let from = list.partition_point(|&(other, _)| other < scope);
        list[from..].iter().take_while(move |&&(other, _)| other == scope).map(|&(_, inner)| inner)
    }

    /// Returns the functions that can read `scope`.
    pub(super) fn readers(&self, heap: &Heap<'_>, scope: NodeIx) -> Readers {
        let mut readers = Readers::default();
        let mut open = vec![(scope, 0)];
        let mut seen = 0;
        while let Some((at, depth)) = open.pop() {
            for function in Self::of(&self.functions, at) {
                seen += 1;
                match heap.origin(function) {
                    Some(origin) => {
                        if depth == 0 {
                            readers.direct.insert(origin.clone());
                            readers.example.get_or_insert(function);
                        }
                        readers.all.insert(origin);
                        if depth > 0 && readers.example.is_none() {
                            readers.example = Some(function);
                        }
                    }
                    None => readers.is_partial = true,
                }
            }
            open.extend(Self::of(&self.scopes, at).map(|inner| (inner, depth + 1)));
            if seen + open.len() > MAX_FUNCTIONS {
                readers.is_partial = true;
                break;
            }
        }
        if readers.direct.is_empty() {
            readers.direct.clone_from(&readers.all);
        }
        readers
    }
}

/// Returns the function of a suspended generator or async function.
fn suspended(heap: &Heap<'_>, node: NodeIx) -> Option<NodeIx> {
    let function = heap.internal(node, Word::Function)?;
    heap.is_closure(function).then_some(function)
}
