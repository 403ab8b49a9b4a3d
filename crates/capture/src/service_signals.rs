//! The signals that a helper process of a service ignores.

/// Signals that users, terminals and supervisors send to a service. `SIGUSR1` starts Node's
/// debugger.
pub const SERVICE_SIGNALS: [libc::c_int; 5] =
    [libc::SIGHUP, libc::SIGINT, libc::SIGTERM, libc::SIGUSR1, libc::SIGUSR2];
