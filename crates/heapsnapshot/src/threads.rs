//! A second thread for what can be done side by side.

/// So few nodes are done before a second thread has started.
pub(crate) const FEW: usize = 20_000;

/// Returns whether a second thread may work: 0 `threads` are as many as the
/// machine has.
pub(crate) fn two(threads: usize) -> bool {
    match threads {
        0 => std::thread::available_parallelism().is_ok_and(|n| n.get() > 1),
        n => n > 1,
    }
}

/// Runs `helper` on a second thread if `two`, and `main` on this one.
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
            // No thread to be had: then one after the other.
            Err(_) => helper(),
        };
        (main, helper)
    })
}
