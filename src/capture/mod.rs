//! Obtains heap snapshots and puts them on disk.
//!
//! ```text
//! SIGUSR2 ─► trigger: private libuv loop, thread "heapdump-trigger"
//!         ─► environment: mailbox of one Node environment; wakes its JS thread
//!              through a weak threadsafe function, or RequestInterrupt when wedged
//!         ─► JavaScript (lib/): opens a `NativeDump`, asks V8's inspector for the snapshot
//!         ─► api: chunks ─► writer: thread "heapdump-writer", bounded queue
//!         ─► redaction, if asked for
//!         ─► envelope (complete?) ─► encoder (plain, gzip, zstd)
//!         ─► publication: sources, sidecar, file (temporary name ─► fsync ─► rename), who is told
//! ```
//!
//! Threads: everything named "JS thread" below is the thread of one Node
//! environment (the main thread or a worker). The two native threads touch only
//! libuv and Node-API calls documented as thread-safe.

pub mod api;
mod encoder;
mod envelope;
mod environment;
pub mod failure;
mod file;
#[cfg(target_os = "linux")]
mod fork;
#[cfg(target_os = "linux")]
pub mod fork_api;
mod header;
#[cfg(target_os = "linux")]
mod heap_limit;
mod interrupt;
#[cfg(unix)]
mod interrupt_site;
mod link;
#[cfg(target_os = "linux")]
mod oom_handler;
#[cfg(target_os = "linux")]
mod out_of_memory;
mod publication;
mod redaction;
mod request;
mod sources;
mod starvation;
mod symbols;
mod sync;
mod trigger;
pub(crate) mod turn;
#[cfg(unix)]
mod uv;
mod writer;
