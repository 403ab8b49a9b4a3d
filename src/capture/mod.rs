//! Requests heap snapshots from V8. The crate `capture` processes their text.
//!
//! ```text
//! SIGUSR2 ─► trigger: libuv loop of its own, thread "heapdump-trigger"
//!         ─► environment: inbox of one Node environment; wakes its JS thread through a
//!              threadsafe function, or through RequestInterrupt if the thread is stuck
//!         ─► delivery: removes messages from the inbox on the JS thread, and calls
//!         ─► JavaScript (lib/): opens a `NativeDump`, requests the snapshot from V8's inspector
//!         ─► api: chunks ─► crate `capture`: a thread writes, checks and publishes them
//!         ─► delivery: sends the result to the environment
//! ```
//!
//! Imports point in one direction: `api` and `fork_api` use `delivery`, which uses `trigger`, which
//! uses `environment`. Calls in the other direction go through functions that are passed as
//! arguments.
//!
//! A "JS thread" is the thread of one Node environment: the main thread or a worker. Other threads
//! use only those functions of libuv and Node-API that are documented as thread-safe.

pub mod api;
mod delivery;
mod environment;
pub mod failure;
#[cfg(target_os = "linux")]
mod fork;
#[cfg(target_os = "linux")]
pub mod fork_api;
#[cfg(target_os = "linux")]
mod fork_stage;
#[cfg(target_os = "linux")]
mod handover;
#[cfg(target_os = "linux")]
pub mod handover_api;
#[cfg(target_os = "linux")]
mod heap_limit;
mod heap_profiler;
mod interrupt;
#[cfg(unix)]
mod interrupt_site;
mod link;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod machine;
mod main_thread;
#[cfg(target_os = "linux")]
mod oom_handler;
#[cfg(target_os = "linux")]
mod out_of_memory;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub mod restore;
mod sources;
mod starvation;
#[cfg(unix)]
pub mod stream;
mod symbols;
mod system;
mod trigger;
#[cfg(unix)]
mod uv;

pub(crate) use delivery::take_dump_lock;
pub(crate) use symbols::find as find_symbol;
