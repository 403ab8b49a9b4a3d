//! Obtains heap snapshots from V8. What happens to them then is the crate `capture`.
//!
//! ```text
//! SIGUSR2 ─► trigger: private libuv loop, thread "heapdump-trigger"
//!         ─► environment: mailbox of one Node environment; wakes its JS thread
//!              through a weak threadsafe function, or RequestInterrupt when wedged
//!         ─► delivery: takes messages out on the JS thread, and calls
//!         ─► JavaScript (lib/): opens a `NativeDump`, asks V8's inspector for the snapshot
//!         ─► api: chunks ─► crate `capture`: a thread writes, checks and publishes them
//!         ─► delivery: tells the environment how it ended
//! ```
//!
//! The arrows of imports point one way: `api` and `fork_api` use `delivery`, which uses `trigger`,
//! which uses `environment`. What has to call back is given a function.
//!
//! Threads: everything named "JS thread" below is the thread of one Node
//! environment (the main thread or a worker). The native threads touch only
//! libuv and Node-API calls documented as thread-safe.

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
