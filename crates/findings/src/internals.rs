//! Parts of Node and V8, in the words of people who have not read their source.

/// What the scripts of Node are for, by the beginning of their names; the longer first.
const SCRIPTS: &[(&str, &str)] = &[
    ("node:internal/modules/esm/", "Node's ESM loader"),
    ("node:internal/modules/", "Node's module loader"),
    ("node:internal/abort_controller", "Node's AbortSignal"),
    ("node:internal/event_target", "Node's EventTarget"),
    ("node:internal/timers", "Node's timers"),
    ("node:timers", "Node's timers"),
    ("node:internal/process/promises", "Node's list of rejected promises"),
    ("node:internal/async_", "Node's async hooks"),
    ("node:async_hooks", "Node's async hooks"),
    ("node:internal/streams/", "Node's streams"),
    ("node:internal/webstreams/", "Node's web streams"),
    ("node:internal/worker", "Node's worker threads"),
    ("node:internal/cluster/", "Node's cluster"),
    ("node:internal/perf", "Node's performance hooks"),
    ("node:diagnostics_channel", "Node's diagnostics channels"),
    ("node:_http_agent", "Node's HTTP agent"),
    ("node:_http", "Node's HTTP"),
    ("node:internal/http2", "Node's HTTP/2"),
    ("node:_tls", "Node's TLS"),
    ("node:net", "Node's sockets"),
    ("node:dgram", "Node's sockets"),
    ("node:events", "Node's events"),
    ("node:internal/deps/undici", "Node's fetch"),
];

/// What of Node a script of its own is for: "Node's ESM loader".
pub(crate) fn of_script(script: &str) -> String {
    let known = SCRIPTS.iter().find(|(start, _)| script.starts_with(start));
    match known {
        Some((_, words)) => (*words).to_owned(),
        None if script.starts_with("node:") => format!("Node's `{script}`"),
        None => "Node's internals".to_owned(),
    }
}

/// What a group of V8's roots stands for: "a native handle of Node".
pub(crate) fn of_root(name: &str) -> String {
    match name {
        "(Global handles)" => "a native handle of Node",
        "(Stack roots)" | "(Handle scope)" => "a function that is running",
        "(Eternal handles)" | "(Persistent roots)" => "Node itself",
        _ => "V8",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_name_wins() {
        assert_eq!(of_script("node:internal/modules/esm/loader"), "Node's ESM loader");
        assert_eq!(of_script("node:internal/modules/cjs/loader"), "Node's module loader");
        assert_eq!(of_script("node:internal/fs/utils"), "Node's `node:internal/fs/utils`");
    }
}
