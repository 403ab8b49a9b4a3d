//! The signal trigger: one native thread per process, with a libuv loop of its own.
//!
//! Why not `sigaction`: libuv overwrites a handler it does not know, and restores
//! the default action, death, when the last JS listener goes. A `uv_signal_t` on
//! a private loop joins libuv's own bookkeeping instead: our watcher and every
//! `process.on` listener fire, none can remove another, and ours fires while the
//! main thread is busy. The thread also watches over requests that lie too long,
//! and then interrupts the stuck thread.
//!
//! Only the thread itself touches its loop and handles; others queue a
//! [`Command`] and call `uv_async_send`.

use std::sync::Arc;
use std::time::Duration;

use capture::{Code, Error};

/// How the signal is answered.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// The environment that installed the trigger, and that dumps.
    pub(super) environment: u32,
    pub(super) signal: i32,
    /// Every thread dumps, not only `environment`.
    pub(super) everyone: bool,
    /// How long a request may lie before its thread is interrupted; `None`: for ever.
    pub(super) patience: Option<Duration>,
    /// What is put into the mailboxes.
    pub(super) message: Arc<str>,
}

/// Patience with requests that came from another thread, before any `install`.
#[cfg(unix)]
const DEFAULT_PATIENCE: Duration = Duration::from_secs(1);

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
    use super::{Code, DEFAULT_PATIENCE, Error, Settings};

    static TRIGGER: Mutex<Option<Trigger>> = Mutex::new(None);

    /// libuv's signal watcher needs a small stack only; a handler of the application may
    /// run on this thread, so not the smallest.
    const STACK_SIZE: usize = 256 * 1024;

    struct Trigger {
        thread: JoinHandle<()>,
        shared: Arc<Shared>,
        /// Whose signal is being watched.
        owner: Option<u32>,
    }

    /// What other threads and the trigger thread share.
    struct Shared {
        /// The address of the `uv_async_t`; valid until the thread is joined.
        wake: Mutex<usize>,
        commands: Mutex<Vec<Command>>,
        settings: Mutex<Option<Settings>>,
    }

    enum Command {
        /// Watch this signal; answers libuv's error number.
        Watch(c_int, Sender<c_int>),
        Unwatch(Sender<c_int>),
        /// A request was sent: look after it.
        Expect,
        Stop,
    }

    /// Whether this process exports what the trigger needs.
    pub(in super::super) fn is_available() -> bool {
        Uv::get().is_some()
    }

    /// Watches the signal from now on; replaces an earlier installation.
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
        // libuv ended the earlier watch before it tried the new one: without a
        // watch, the next signal would end the process.
        lock(&trigger.shared.settings).clone_from(&previous);
        if let (Some(previous), Some(_)) = (previous, trigger.owner) {
            trigger.ask(uv, |answer| Command::Watch(previous.signal, answer));
        }
        Err(libuv_failure(uv, error, "uv_signal_start"))
    }

    /// Stops watching. `false` if `environment` had installed nothing.
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

    /// The signal that is answered now.
    #[cfg(target_os = "linux")]
    pub(in super::super) fn watched_signal() -> Option<c_int> {
        let slot = lock(&TRIGGER);
        let trigger = slot.as_ref()?;
        trigger.owner?;
        lock(&trigger.shared.settings).as_ref().map(|settings| settings.signal)
    }

    /// An environment ended: its installation ends with it, and the thread with the last one.
    pub(in super::super) fn environment_ended(environment: u32) {
        uninstall(environment);
        let trigger = {
            let mut slot = lock(&TRIGGER);
            // Asked under the lock: an environment that begins just now installs after us.
            if environment::is_any_left() { None } else { slot.take() }
        };
        // Joined without the lock: the thread may be inside a callback that needs others.
        if let (Some(trigger), Some(uv)) = (trigger, Uv::get()) {
            trigger.send(uv, Command::Stop);
            // A panic over there was caught over there.
            let _ = trigger.thread.join();
        }
    }

    /// A request was put into a mailbox: interrupt its thread if it is not served in time.
    pub(in super::super) fn expect_answer() {
        let Some(uv) = Uv::get() else { return };
        // Without a thread the request is served when the loop turns.
        if let Ok(trigger) = running(&mut lock(&TRIGGER), uv) {
            trigger.send(uv, Command::Expect);
        }
    }

    fn libuv_failure(uv: &Uv, error: c_int, syscall: &str) -> Error {
        Error::syscall(-error, syscall).with_message(uv.message(error))
    }

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
                        // A panic must not end the process; without the thread nobody answers,
                        // which the closed channels tell.
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
                // SAFETY: the handle is open: the thread sets the address to 0 before closing it.
                unsafe { (uv.async_send)(*wake as Raw) };
            }
        }

        fn ask(&self, uv: &Uv, command: impl FnOnce(Sender<c_int>) -> Command) -> c_int {
            let (answer, answered) = mpsc::channel();
            self.send(uv, command(answer));
            answered.recv().unwrap_or(-libc::EIO)
        }
    }

    /// The thread's own side: its handles, in memory that outlives the loop's run.
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
                // Given up, not closed: it happens when descriptors run out, and whatever was
                // opened still points into the memory.
                std::mem::forget(memory);
                let _ = ready.send(error);
                return;
            }
            *lock(&shared.wake) = wake as usize;
            let _ = ready.send(0);
            // SAFETY: the loop of this thread; returns when `close` has closed all handles.
            unsafe { (uv.run)(event_loop, RUN_DEFAULT) };
            // SAFETY: no handle is open any more.
            unsafe { (uv.loop_close)(event_loop) };
            drop(memory);
        }

        fn open(&self, event_loop: Raw) -> Result<(), c_int> {
            let uv = self.uv;
            // SAFETY: memory of the size that libuv asked for, as in the calls below.
            check(unsafe { (uv.loop_init)(event_loop) })?;
            // SAFETY: the loop of this thread.
            check(unsafe { (uv.timer_init)(event_loop, self.timer) })?;
            // SAFETY: the loop of this thread.
            check(unsafe { (uv.signal_init)(event_loop, self.signal) })?;
            // SAFETY: the loop of this thread.
            check(unsafe { (uv.async_init)(event_loop, self.wake, on_wake) })?;
            for handle in [self.wake, self.timer, self.signal] {
                // SAFETY: an initialised handle; `self` outlives the run of its loop.
                unsafe { (uv.handle_set_data)(handle, (&raw const *self).cast_mut().cast()) };
            }
            Ok(())
        }

        fn obey(&self, command: Command) {
            match command {
                Command::Watch(signal, answer) => {
                    // SAFETY: an open handle, on its own thread. libuv stops an earlier watch itself.
                    let error = unsafe { (self.uv.signal_start)(self.signal, on_signal, signal) };
                    let _ = answer.send(error);
                }
                Command::Unwatch(answer) => {
                    // SAFETY: an open handle, on its own thread.
                    let _ = answer.send(unsafe { (self.uv.signal_stop)(self.signal) });
                }
                Command::Expect => self.look_after_requests(),
                Command::Stop => self.close(),
            }
        }

        fn look_after_requests(&self) {
            let patience = lock(&self.shared.settings)
                .as_ref()
                .map_or(Some(DEFAULT_PATIENCE), |settings| settings.patience);
            let Some(next) = patience.and_then(environment::interrupt_stuck) else { return };
            let ms = u64::try_from(next.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
            // SAFETY: an open handle, on its own thread.
            unsafe { (self.uv.timer_start)(self.timer, on_timer, ms, 0) };
        }

        fn close(&self) {
            if self.stop.swap(true, Ordering::Relaxed) {
                return;
            }
            *lock(&self.shared.wake) = 0;
            for handle in [self.wake, self.timer, self.signal] {
                // SAFETY: open handles, on their own thread; nothing is freed in a callback.
                unsafe { (self.uv.close)(handle, None) };
            }
        }
    }

    fn check(error: c_int) -> Result<(), c_int> {
        if error == 0 { Ok(()) } else { Err(error) }
    }

    /// Calls `action` with the loop that `handle` belongs to.
    ///
    /// # Safety
    ///
    /// `handle` must be one of the three handles of a running [`Loop`].
    unsafe fn with_loop(handle: Raw, action: impl FnOnce(&Loop<'_>)) {
        let Some(uv) = Uv::get() else { return };
        // SAFETY: an open handle (contract).
        let data: *mut c_void = unsafe { (uv.handle_get_data)(handle) };
        // SAFETY: set in `Loop::run` to the loop, which lives until `uv_run` returns.
        let this = unsafe { &*data.cast::<Loop<'_>>() };
        // A panic must not cross into libuv.
        let _ = panic::catch_unwind(panic::AssertUnwindSafe(|| action(this)));
    }

    unsafe extern "C" fn on_wake(handle: Raw) {
        let obey_all = |this: &Loop<'_>| {
            let commands = std::mem::take(&mut *lock(&this.shared.commands));
            for command in commands {
                this.obey(command);
            }
        };
        // SAFETY: libuv calls back with the handle that was initialised.
        unsafe { with_loop(handle, obey_all) };
    }

    unsafe extern "C" fn on_timer(handle: Raw) {
        let look = |this: &Loop<'_>| this.look_after_requests();
        // SAFETY: libuv calls back with the handle that was initialised.
        unsafe { with_loop(handle, look) };
    }

    unsafe extern "C" fn on_signal(handle: Raw, _signal: c_int) {
        let ask = |this: &Loop<'_>| {
            let settings = lock(&this.shared.settings).clone();
            if let Some(settings) = settings {
                let only = (!settings.everyone).then_some(settings.environment);
                environment::signal(only, &settings.message);
                this.look_after_requests();
            }
        };
        // SAFETY: libuv calls back with the handle that was initialised.
        unsafe { with_loop(handle, ask) };
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
