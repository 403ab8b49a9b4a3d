//! Names of edges and nodes that rules look for, found once per snapshot.

use std::collections::HashMap;

use heapsnapshot::{Graph, StrIx};

macro_rules! words {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// A name that rules look for.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum Word { $($name),* }

        const WORDS: &[&str] = &[$($text),*];
    };
}

words! {
    Context = "context",
    Previous = "previous",
    ScopeInfo = "scope_info",
    NameOrScopeInfo = "name_or_scope_info",
    Shared = "shared",
    Script = "script",
    ScriptOrDebugInfo = "script_or_debug_info",
    Source = "source",
    Table = "table",
    Elements = "elements",
    Properties = "properties",
    Proto = "__proto__",
    Parent = "parent",
    Function = "function",
    BoundFunction = "bound_function",
    BoundThis = "bound_this",
    BackPointer = "back_pointer",
    InitialMap = "initial_map",
    Events = "_events",
    OnTimeout = "_onTimeout",
    OnImmediate = "_onImmediate",
    EventSymbol = "<symbol kEvents>",
    EventSymbolOld = "<symbol events>",
    Listener = "listener",
    Callback = "callback",
    Next = "next",
    Value = "value",
    Url = "url",
    Filename = "filename",
    Aborted = "<symbol kAborted>",
    SourceSignals = "<symbol kSourceSignals>",
    ResourceStore = "<symbol kResourceStore>",
    ContextFrame = "<symbol kAsyncContextFrame>",
    ResourceFrame = "<symbol context_frame>",
    HookInit = "<symbol init>",
    HookDestroy = "<symbol destroy>",
    Constructor = "constructor",
    Exports = "exports",
    First = "first",
    Second = "second",
    Map = "map",
    Descriptors = "descriptors",
    GlobalObject = "global_object",
    Reactions = "reactions_or_result",
    JavaScriptToNative = "javascript_to_native",
    OwnerSymbol = "<symbol owner_symbol>",
    ResourceSymbol = "<symbol resource_symbol>",
}

/// Returns whether rules look for an edge with this name. Redaction must not replace it.
///
/// # Examples
/// ```
/// assert!(findings::is_known_to_rules("_events"));
/// assert!(!findings::is_known_to_rules("password"));
/// ```
#[must_use]
pub fn is_known_to_rules(name: &str) -> bool {
    WORDS.contains(&name)
}

/// The positions of the names in the string table of one snapshot.
pub(crate) struct Words(Vec<Option<StrIx>>);

impl Words {
    /// Finds all names in the string table. O(strings) time.
    pub(crate) fn find(graph: &Graph) -> Self {
        let wanted: HashMap<&[u8], usize> =
            WORDS.iter().enumerate().map(|(at, word)| (word.as_bytes(), at)).collect();
        let longest = WORDS.iter().map(|word| word.len()).max().unwrap_or_default();
        let mut found = vec![None; WORDS.len()];
        for ix in (0..graph.string_count()).filter_map(StrIx::from_index) {
            let bytes = graph.text(ix).as_bytes();
            if bytes.len() <= longest
                && let Some(&at) = wanted.get(bytes)
            {
                found[at].get_or_insert(ix);
            }
        }
        Self(found)
    }

    /// Returns the position of `word`; `None` if the snapshot has no such string.
    pub(crate) fn get(&self, word: Word) -> Option<StrIx> {
        self.0[word as usize]
    }
}
