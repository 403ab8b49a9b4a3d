//! Locks mutexes regardless of earlier panics.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks `mutex`, even if a thread panicked while holding it. Every structure guarded in this crate
/// and in the addon is valid between any two of its statements.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_does_not_keep_the_lock() {
        let mutex = Mutex::new(1);
        std::thread::scope(|scope| {
            let panics = scope.spawn(|| {
                let _guard = lock(&mutex);
                panic!("while the lock is held");
            });
            assert!(panics.join().is_err());
        });
        assert_eq!(*lock(&mutex), 1);
    }
}
