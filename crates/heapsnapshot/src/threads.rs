//! A second thread for steps that do not depend on each other.

/// Number of nodes below which starting a thread takes longer than the work
/// itself.
pub(crate) const MIN_PARALLEL_NODES: usize = 20_000;

/// Returns whether a second thread may be used. `threads`: the maximum number
/// of threads; 0 means as many as the machine has.
pub(crate) fn two(threads: usize) -> bool {
    match threads {
        0 => std::thread::available_parallelism().is_ok_and(|n| n.get() > 1),
        n => n > 1,
    }
}

/// Runs both functions and returns both results: `main` on this thread,
/// `helper` on a second one if `two`. If `helper` panics, so does the caller.
pub(crate) fn beside<A, B: Send>(
    two: bool,
    main: impl FnOnce() -> A,
    helper: impl Fn() -> B + Sync,
) -> (A, B) {
    if !two {
        return (main(), helper());
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("heapsnapshot-side".to_owned());
        let handle = thread.spawn_scoped(scope, &helper);
        let main = main();
        let helper = match handle {
            Ok(handle) => handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            // The system refused another thread: runs one after the other.
            Err(_) => helper(),
        };
        (main, helper)
    })
}
