//! The tables and their columns: the one place that names them.

/// Rows of a group, at most.
pub const ROWS_PER_GROUP: usize = 1 << 16;

/// The type of a column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A whole number of 64 bits.
    Long,
    /// A floating-point number of 64 bits.
    Real,
    /// Text in UTF-8.
    Text,
    /// Milliseconds since 1970 in UTC.
    Time,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Whether it can be null.
    pub is_optional: bool,
    /// Its contents, for the documentation.
    pub about: &'static str,
}

/// A table.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// Its name, which is that of its folder.
    pub table: &'static str,
    /// The meaning of a row, for the documentation.
    pub about: &'static str,
    /// Its columns, in order.
    pub fields: &'static [Field],
}

const fn long(name: &'static str, about: &'static str) -> Field {
    Field { name, kind: Kind::Long, is_optional: false, about }
}

const fn real(name: &'static str, about: &'static str) -> Field {
    Field { name, kind: Kind::Real, is_optional: false, about }
}

const fn text(name: &'static str, about: &'static str) -> Field {
    Field { name, kind: Kind::Text, is_optional: false, about }
}

const fn optional(field: Field) -> Field {
    Field { is_optional: true, ..field }
}

pub(crate) const SNAPSHOTS: Schema = Schema {
    table: "snapshots",
    about: "A snapshot.",
    fields: &[
        text("file", "Path of the file."),
        optional(Field {
            kind: Kind::Time,
            ..text("taken_at", "When it was taken, from the sidecar or the file.")
        }),
        optional(text("node_version", "Version of Node, from the sidecar.")),
        optional(long("pid", "Process id, from the sidecar.")),
        optional(text("release", "Release of the service, as the export names it.")),
        long("total_size", "Bytes of the whole snapshot."),
        long("node_count", "Number of nodes."),
        long("edge_count", "Number of edges."),
        long("code_size", "Bytes of compiled code."),
        long("string_size", "Bytes of strings."),
        long("array_size", "Bytes of JavaScript arrays."),
        long("typed_array_size", "Bytes of array buffers."),
        long("system_size", "Bytes of V8's own objects."),
    ],
};

pub(crate) const CLASSES: Schema = Schema {
    table: "classes",
    about: "A constructor, as in the Summary view.",
    fields: &[
        text("constructor", "Name of the constructor."),
        long("count", "Number of objects."),
        optional(long("distance", "Smallest distance from a root; null if none reaches it.")),
        long("shallow_size", "Bytes of the objects themselves."),
        long("retained_size", "Bytes that would be freed with all of them."),
    ],
};

pub(crate) const PACKAGES: Schema = Schema {
    table: "packages",
    about: "An npm package, the application, Node or V8.",
    fields: &[
        text("package", "Name of the package."),
        optional(text("version", "Its version, if known.")),
        text("kind", "`application`, `npm`, `node` or `v8`."),
        long("count", "Number of its objects."),
        long("own_size", "Bytes of its objects. All rows sum to the snapshot."),
        long("retained_size", "Bytes that its objects dominate, each once."),
    ],
};

pub(crate) const FINDINGS: Schema = Schema {
    table: "findings",
    about: "A finding, the most important first.",
    fields: &[
        long("rank", "Position in the list, from 1."),
        text("kind", "Kind of finding, such as `event-listeners`."),
        text("severity", "`leak`, `suspect` or `waste`."),
        real("confidence", "From 0 to 1."),
        text("title", "One line."),
        text("sentence", "Why the memory is alive."),
        text("fix", "How to fix it."),
        long("bytes", "Bytes that would be freed."),
        long("count", "Number of entries, listeners or scopes."),
        optional(real("bytes_per_step", "Bytes added per step, with several snapshots.")),
        optional(text("file", "File of the line to look at first.")),
        optional(long("line", "Its line, from 1.")),
        text("signature", "The same for the same leak in other snapshots."),
    ],
};

pub(crate) const OWNERS: Schema = Schema {
    table: "owners",
    about: "One of the objects that retain most: at least a thousandth of the snapshot, at most 1,000 of them.",
    fields: &[
        long("node_id", "V8's id of the object."),
        text("constructor", "Name of its constructor."),
        long("shallow_size", "Bytes of the object itself."),
        long("retained_size", "Bytes that would be freed with it."),
        optional(long("distance", "Distance from a root.")),
        long("dominator_id", "Id of its immediate dominator."),
        text("package", "Its package."),
    ],
};

pub(crate) const NODES: Schema = Schema {
    table: "nodes",
    about: "A node of the heap graph, in the order of the file.",
    fields: &[
        long("id", "V8's id."),
        text("type", "V8's kind: `object`, `closure`, `string` and so on."),
        optional(text("name", "V8's name; null for contents of strings, unless values are shown.")),
        text("constructor", "Name of the constructor, as in the Summary view."),
        long("self_size", "Bytes as V8 wrote them."),
        long("shallow_size", "Bytes with hidden parts counted to their owner, as DevTools shows."),
        long("retained_size", "Bytes that would be freed with it."),
        optional(long("distance", "Distance from a root; null if none reaches it.")),
        long("dominator_id", "Id of its immediate dominator; of the root, its own."),
        text("package", "Its package."),
        optional(text("package_version", "The version of the package, if known.")),
    ],
};

pub(crate) const EDGES: Schema = Schema {
    table: "edges",
    about: "A reference from one node to another.",
    fields: &[
        long("from_id", "Id of the node that has the reference."),
        long("to_id", "Id of the node that it leads to."),
        text("type", "V8's kind: `property`, `element`, `context` and so on."),
        optional(text("name", "Name of the property or variable; `…` if it looks like data.")),
        optional(long("index", "Index of the element.")),
    ],
};

pub(crate) const STRINGS: Schema = Schema {
    table: "strings",
    about: "A string of the heap.",
    fields: &[
        long("node_id", "Id of its node."),
        long("text_id", "Equal for strings with equal texts, within a snapshot."),
        long("self_size", "Bytes as V8 wrote them."),
        long("length", "Length in bytes of UTF-8, as far as V8 wrote the text."),
        optional(text("text", "The text; null unless values are shown.")),
    ],
};

/// All tables.
pub const SCHEMAS: &[Schema] =
    &[SNAPSHOTS, CLASSES, PACKAGES, FINDINGS, OWNERS, NODES, EDGES, STRINGS];
