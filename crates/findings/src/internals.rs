//! Describes parts of Node and V8 for readers who do not know their source.

use crate::message::{Message, arg, messages};

/// The purpose of Node's scripts, by prefix of their names. Longer prefixes come first.
const SCRIPTS: &[(&str, &str)] = &[
    ("node:internal/modules/esm/", "internals.esm"),
    ("node:internal/modules/", "internals.modules"),
    ("node:internal/abort_controller", "internals.abort-signal"),
    ("node:internal/event_target", "internals.event-target"),
    ("node:internal/timers", "internals.timers"),
    ("node:timers", "internals.timers"),
    ("node:internal/process/promises", "internals.rejections"),
    ("node:internal/async_", "internals.async-hooks"),
    ("node:async_hooks", "internals.async-hooks"),
    ("node:internal/streams/", "internals.streams"),
    ("node:internal/webstreams/", "internals.web-streams"),
    ("node:internal/worker", "internals.workers"),
    ("node:internal/cluster/", "internals.cluster"),
    ("node:internal/perf", "internals.performance"),
    ("node:diagnostics_channel", "internals.diagnostics"),
    ("node:_http_agent", "internals.http-agent"),
    ("node:_http", "internals.http"),
    ("node:internal/http2", "internals.http2"),
    ("node:_tls", "internals.tls"),
    ("node:net", "internals.sockets"),
    ("node:dgram", "internals.sockets"),
    ("node:events", "internals.events"),
    ("node:internal/deps/undici", "internals.fetch"),
];

/// The meaning of V8's groups of roots.
const ROOTS: &[(&str, &str)] = &[
    ("(Global handles)", "internals.handle"),
    ("(Stack roots)", "internals.running"),
    ("(Handle scope)", "internals.running"),
    ("(Eternal handles)", "internals.node"),
    ("(Persistent roots)", "internals.node"),
];

messages! {
    Script("internals.script") { script }
    Other("internals.other") {}
    V8("internals.v8") {}
}

/// Returns the purpose of one of Node's scripts: "Node's ESM loader".
pub(crate) fn of_script(script: &str) -> Message {
    let known = SCRIPTS.iter().find(|(start, _)| script.starts_with(start));
    match known {
        Some((_, id)) => Message::plain(id),
        None if script.starts_with("node:") => Script { script: arg(script) }.into(),
        None => Other {}.into(),
    }
}

/// Returns the meaning of a group of V8's roots: "a native handle of Node".
pub(crate) fn of_root(name: &str) -> Message {
    let known = ROOTS.iter().find(|(root, _)| *root == name);
    known.map_or_else(|| V8 {}.into(), |(_, id)| Message::plain(id))
}

/// Returns the ids of the messages in both tables.
#[cfg(test)]
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    SCRIPTS.iter().chain(ROOTS).map(|&(_, id)| id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_name_wins() {
        assert_eq!(of_script("node:internal/modules/esm/loader").to_string(), "Node's ESM loader");
        assert_eq!(
            of_script("node:internal/modules/cjs/loader").to_string(),
            "Node's module loader"
        );
        assert_eq!(
            of_script("node:internal/fs/utils").to_string(),
            "Node's `node:internal/fs/utils`"
        );
    }
}
