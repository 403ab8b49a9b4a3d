//! The signal trigger: one native thread for each process, with a libuv loop of its own.
//!
//! `sigaction` is not used: libuv would overwrite the handler, and would restore the default
//! action, which ends the process, when the last JavaScript listener is removed. libuv keeps a list
//! of all `uv_signal_t` watchers of the process instead. A watcher on a loop of its own and the
//! listeners of `process.on` all fire, none can remove another, and the watcher fires while the
//! main thread is busy. The thread also interrupts JS threads that do not serve a request in time.
//!
//! Only the thread itself uses its loop and handles. Other threads queue a [`Command`] and call
//! `uv_async_send`.

use std::sync::Arc;
use std::time::Duration;

use capture::{Code, Error};

/// The response to the signal.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// The environment that installed the trigger.
    pub(super) environment: u32,
    /// The number of the signal.
    pub(super) signal: i32,
    /// Whether every thread takes a dump, or only `environment`.
    pub(super) all_threads: bool,
    /// How long a request may wait before its thread is interrupted. `None`: it is never
    /// interrupted.
    pub(super) interrupt_timeout: Option<Duration>,
    /// The request for the inboxes.
    pub(super) message: Arc<str>,
}

/// The interrupt timeout if nothing is installed. Requests can come from other threads then.
#[cfg(unix)]
const DEFAULT_INTERRUPT_TIMEOUT: Duration = Duration::from_secs(1);

#[cfg(target_os = "linux")]
pub(super) use watcher::watched_signal;
pub(super) use watcher::{environment_ended, expect_answer, install, is_available, uninstall};

#[cfg(unix)]
mod watcher {
    use std::ffi::{c_int, c_void};
    use std::panic;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::{self, Sender};
    use std::sync::{Arc, Mutex};
    use std::thread::{self, JoinHandle};

    use capture::{errno_of, lock};

    use super::super::environment;
    use super::super::uv::{Kind, RUN_DEFAULT, Raw, Uv};
    use super::{Code, DEFAULT_INTERRUPT_TIMEOUT, Error, Settings};

    static TRIGGER: Mutex<Option<Trigger>> = Mutex::new(None);

    /// Stack size of the thread in bytes. libuv needs little, but a signal handler of the
    /// application may run on this thread.
    const STACK_SIZE: usize = 256 * 1024;

    struct Trigger {
        thread: JoinHandle<()>,
        shared: Arc<Shared>,
        /// The environment whose signal is watched. `None` while no signal is watched.
        owner: Option<u32>,
    }

    /// The state that the trigger thread shares with other threads.
    struct Shared {
        /// The address of the `uv_async_t`. 0 while the handle is not open.
        wake: Mutex<usize>,
        commands: Mutex<Vec<Command>>,
        settings: Mutex<Option<Settings>>,
    }

    enum Command {
        /// Watches this signal. Sends libuv's error number back.
        Watch(c_int, Sender<c_int>),
        /// Stops to watch the signal. Sends libuv's error number back.
        Unwatch(Sender<c_int>),
        /// Checks when the next request is due.
        Expect,
        Stop,
    }

    /// Returns whether this process exports the functions that the trigger needs.
    pub(in super::super) fn is_available() -> bool {
        Uv::get().is_some()
    }

    /// Watches a signal. Replaces an earlier installation.
    pub(in super::super) fn install(settings: Settings) -> Result<(), Error> {
        let Some(uv) = Uv::get() else {
            return Err(Error::new(
                Code::Unsupported,
                "this host does not export libuv: no signal can be watched",
            ));
        };
        let mut slot = lock(&TRIGGER);
        let trigger = running(&mut slot, uv)?;
        let (environment, signal) = (settings.environment, settings.signal);
        let previous = lock(&trigger.shared.settings).replace(settings);
        let error = trigger.ask(uv, |answer| Command::Watch(signal, answer));
        if error == 0 {
            trigger.owner = Some(environment);
            return Ok(());
        }
        // libuv has already stopped the earlier watcher. Without one, the next signal would end the
        // process.
        lock(&trigger.shared.settings).clone_from(&previous);
        if let (Some(previous), Some(_)) = (previous, trigger.owner) {
            trigger.ask(uv, |answer| Command::Watch(previous.signal, answer));
        }
        Err(libuv_failure(uv, error, "uv_signal_start"))
    }

    /// Stops to watch the signal. Returns `false` if `environment` had not installed it.
    pub(in super::super) fn uninstall(environment: u32) -> bool {
        let mut slot = lock(&TRIGGER);
        let Some(uv) = Uv::get() else { return false };
        match &mut *slot {
            Some(trigger) if trigger.owner == Some(environment) => {
                trigger.owner = None;
                trigger.ask(uv, Command::Unwatch);
                true
            }
            _ => false,
        }
    }

    /// Returns the signal that is watched.
    #[cfg(target_os = "linux")]
    pub(in super::super) fn watched_signal() -> Option<c_int> {
        let slot = lock(&TRIGGER);
        let trigger = slot.as_ref()?;
        trigger.owner?;
        lock(&trigger.shared.settings).as_ref().map(|settings| settings.signal)
    }

    /// Removes the installation of an environment that has ended. Ends the thread with the last
    /// environment.
    pub(in super::super) fn environment_ended(environment: u32) {
        uninstall(environment);
        let trigger = {
            let mut slot = lock(&TRIGGER);
            // Checked while the lock is held, so that no other environment can install a signal
            // between the check and `take`.
            if environment::is_any_left() { None } else { slot.take() }
        };
        // The thread is joined without the lock, because its callbacks may wait for other locks.
        if let (Some(trigger), Some(uv)) = (trigger, Uv::get()) {
            trigger.send(uv, Command::Stop);
            // The thread catches its panics.
            let _ = trigger.thread.join();
        }
    }

    /// Makes the thread watch a request that was added to an inbox, and interrupt the JS thread if
    /// it does not serve the request in time.
    pub(in super::super) fn expect_answer() {
        let Some(uv) = Uv::get() else { return };
        // Without the thread, the request is served when the event loop turns.
        if let Ok(trigger) = running(&mut lock(&TRIGGER), uv) {
            trigger.send(uv, Command::Expect);
        }
    }

    fn libuv_failure(uv: &Uv, error: c_int, syscall: &str) -> Error {
        Error::syscall(-error, syscall).with_message(uv.message(error))
    }

    /// Returns the trigger, and starts its thread if necessary.
    fn running<'a>(
        slot: &'a mut Option<Trigger>,
        uv: &'static Uv,
    ) -> Result<&'a mut Trigger, Error> {
        if slot.is_none() {
            *slot = Some(Trigger::start(uv)?);
        }
        slot.as_mut().ok_or_else(|| Error::internal("trigger"))
    }

    impl Trigger {
        fn start(uv: &'static Uv) -> Result<Self, Error> {
            let shared = Arc::new(Shared {
                wake: Mutex::new(0),
                commands: Mutex::new(Vec::new()),
                settings: Mutex::new(None),
            });
            let (ready, is_ready) = mpsc::channel();
            let thread = thread::Builder::new()
                .name("heapdump-trigger".to_owned())
                .stack_size(STACK_SIZE)
                .spawn({
                    let shared = Arc::clone(&shared);
                    move || {
                        // A panic must not end the process. It closes the channels, which other
                        // threads notice.
                        let _ = panic::catch_unwind(move || Loop::run(uv, &shared, &ready));
                    }
                })
                .map_err(|e| Error::syscall(errno_of(&e), "pthread_create"))?;
            match is_ready.recv() {
                Ok(0) => Ok(Self { thread, shared, owner: None }),
                Ok(error) => Err(libuv_failure(uv, error, "uv_loop_init")),
                Err(_) => Err(Error::internal("trigger")),
            }
        }

        fn send(&self, uv: &Uv, command: Command) {
            lock(&self.shared.commands).push(command);
            let wake = lock(&self.shared.wake);
            if *wake != 0 {
                // SAFETY: the handle is open, because the thread sets the address to 0, under the
                // lock, before it closes the handle.
                unsafe { (uv.async_send)(*wake as Raw) };
            }
        }

        /// Sends a command, and blocks until the thread has answered with an error number.
        fn ask(&self, uv: &Uv, command: impl FnOnce(Sender<c_int>) -> Command) -> c_int {
            let (answer, answered) = mpsc::channel();
            self.send(uv, command(answer));
            answered.recv().unwrap_or(-libc::EIO)
        }
    }

    /// The handles of the thread. Their memory outlives `uv_run`.
    struct Loop<'a> {
        uv: &'static Uv,
        shared: &'a Shared,
        stop: AtomicBool,
        wake: Raw,
        timer: Raw,
        signal: Raw,
    }

    impl Loop<'_> {
        fn run(uv: &'static Uv, shared: &Shared, ready: &Sender<c_int>) {
            let mut memory = [
                uv.event_loop(),
                uv.handle(Kind::Async),
                uv.handle(Kind::Timer),
                uv.handle(Kind::Signal),
            ];
            let [event_loop, wake, timer, signal]: [Raw; 4] =
                memory.each_mut().map(|words| words.as_mut_ptr().cast());
            let this = Loop { uv, shared, stop: AtomicBool::new(false), wake, timer, signal };
            if let Err(error) = this.open(event_loop) {
                // This happens when there are no free descriptors. The handles that were opened
                // still point to the memory, so it is not freed.
                std::mem::forget(memory);
                let _ = ready.send(error);
                return;
            }
            *lock(&shared.wake) = wake as usize;
            let _ = ready.send(0);
            // SAFETY: this thread has initialised the loop. `uv_run` returns when `close` has
            // closed all handles.
            unsafe { (uv.run)(event_loop, RUN_DEFAULT) };
            // SAFETY: no handle is open any more.
            unsafe { (uv.loop_close)(event_loop) };
            drop(memory);
        }

        fn open(&self, event_loop: Raw) -> Result<(), c_int> {
            let uv = self.uv;
            // SAFETY: the memory has the size that libuv requires, here and below.
            check(unsafe { (uv.loop_init)(event_loop) })?;
            // SAFETY: the loop is initialised.
            check(unsafe { (uv.timer_init)(event_loop, self.timer) })?;
            // SAFETY: the loop is initialised.
            check(unsafe { (uv.signal_init)(event_loop, self.signal) })?;
            // SAFETY: the loop is initialised. `on_wake` has the signature of the callback.
            check(unsafe { (uv.async_init)(event_loop, self.wake, on_wake) })?;
            for handle in [self.wake, self.timer, self.signal] {
                // SAFETY: the handle is initialised, and `self` outlives `uv_run`.
                unsafe { (uv.handle_set_data)(handle, (&raw const *self).cast_mut().cast()) };
            }
            Ok(())
        }

        fn execute(&self, command: Command) {
            match command {
                Command::Watch(signal, answer) => {
                    // SAFETY: the handle is open, and this is its thread. libuv stops an earlier
                    // watch itself.
                    let error = unsafe { (self.uv.signal_start)(self.signal, on_signal, signal) };
                    let _ = answer.send(error);
                }
                Command::Unwatch(answer) => {
                    // SAFETY: the handle is open, and this is its thread.
                    let _ = answer.send(unsafe { (self.uv.signal_stop)(self.signal) });
                }
                Command::Expect => self.check_requests(),
                Command::Stop => self.close(),
            }
        }

        /// Interrupts threads that have not served a request in time. Starts a timer for the next
        /// one.
        fn check_requests(&self) {
            let timeout = lock(&self.shared.settings)
                .as_ref()
                .map_or(Some(DEFAULT_INTERRUPT_TIMEOUT), |settings| settings.interrupt_timeout);
            let Some(next) = timeout.and_then(environment::interrupt_stuck) else { return };
            let ms = u64::try_from(next.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
            // SAFETY: the handle is open, and this is its thread.
            unsafe { (self.uv.timer_start)(self.timer, on_timer, ms, 0) };
        }

        fn close(&self) {
            if self.stop.swap(true, Ordering::Relaxed) {
                return;
            }
            *lock(&self.shared.wake) = 0;
            for handle in [self.wake, self.timer, self.signal] {
                // SAFETY: the handle is open, and this is its thread. Its memory is freed after
                // `uv_run`.
                unsafe { (self.uv.close)(handle, None) };
            }
        }
    }

    fn check(error: c_int) -> Result<(), c_int> {
        if error == 0 { Ok(()) } else { Err(error) }
    }

    /// Calls `action` with the [`Loop`] of a handle.
    ///
    /// # Safety
    ///
    /// `handle` must be one of the three handles of a running [`Loop`].
    unsafe fn with_loop(handle: Raw, action: impl FnOnce(&Loop<'_>)) {
        let Some(uv) = Uv::get() else { return };
        // SAFETY: the handle is open (contract).
        let data: *mut c_void = unsafe { (uv.handle_get_data)(handle) };
        // SAFETY: `Loop::open` has set the data to the loop, which lives until `uv_run` returns.
        let this = unsafe { &*data.cast::<Loop<'_>>() };
        // A panic must not reach libuv.
        let _ = panic::catch_unwind(panic::AssertUnwindSafe(|| action(this)));
    }

    unsafe extern "C" fn on_wake(handle: Raw) {
        let execute_all = |this: &Loop<'_>| {
            let commands = std::mem::take(&mut *lock(&this.shared.commands));
            for command in commands {
                this.execute(command);
            }
        };
        // SAFETY: libuv passes the handle that `Loop::open` initialised.
        unsafe { with_loop(handle, execute_all) };
    }

    unsafe extern "C" fn on_timer(handle: Raw) {
        let check = |this: &Loop<'_>| this.check_requests();
        // SAFETY: libuv passes the handle that `Loop::open` initialised.
        unsafe { with_loop(handle, check) };
    }

    unsafe extern "C" fn on_signal(handle: Raw, _signal: c_int) {
        let request = |this: &Loop<'_>| {
            let settings = lock(&this.shared.settings).clone();
            if let Some(settings) = settings {
                let only = (!settings.all_threads).then_some(settings.environment);
                environment::signal(only, &settings.message);
                this.check_requests();
            }
        };
        // SAFETY: libuv passes the handle that `Loop::open` initialised.
        unsafe { with_loop(handle, request) };
    }
}

#[cfg(not(unix))]
mod watcher {
    use super::{Code, Error, Settings};

    pub(in super::super) fn is_available() -> bool {
        false
    }

    pub(in super::super) fn install(_settings: Settings) -> Result<(), Error> {
        Err(Error::new(Code::Unsupported, "no signal can be watched on this platform"))
    }

    pub(in super::super) fn uninstall(_environment: u32) -> bool {
        false
    }

    pub(in super::super) fn environment_ended(_environment: u32) {}

    pub(in super::super) fn expect_answer() {}
}
