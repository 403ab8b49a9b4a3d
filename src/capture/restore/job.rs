//! One restore, from the image to the snapshot, on a thread of its own.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use capture::{Code, Error, Pipeline, Sizes, WriteError};
use image::{Header, Kind, Program, Reader, Replay, replay};

use super::super::machine;
use super::restorer::{NO_SANDBOX, Restorer};

/// The kernel may have put something of the restorer where the image needs the place; in another
/// process it lies elsewhere.
const ATTEMPTS: u32 = 8;

/// How often a restore that waits for the process asks whether it is still wanted.
const TICK_MS: i32 = 250;

const MEGABYTE: usize = 1 << 20;

/// A restore that has not begun.
pub(super) struct Job<'a> {
    pub(super) image: PathBuf,
    /// When the restored process is ended.
    pub(super) deadline: Instant,
    /// Whether nobody wants the snapshot any more.
    pub(super) is_abandoned: &'a dyn Fn() -> bool,
    /// Called with the bytes of the snapshot so far.
    pub(super) on_progress: &'a dyn Fn(u64),
}

/// Reads what the image says about itself.
pub(super) fn header(path: &Path) -> Result<Header, Error> {
    let read = || Header::read(&mut io::BufReader::new(File::open(path)?));
    read().map_err(|error| convert(&error, path))
}

impl Job<'_> {
    /// Writes the snapshot to `pipeline`. Gives the file and the bytes of the snapshot.
    pub(super) fn run(&self, mut pipeline: Pipeline) -> Result<(File, Sizes), Error> {
        let mut restored = self.replay()?;
        self.receive(&mut restored.output, &mut pipeline)?;
        let status = restored.restorer.wait();
        let written = pipeline
            .finish()
            .map_err(|error| Error::syscall(capture::errno_of(&error), "write"))?;
        written.whole().map_err(|error| match status {
            Ok(status) if status.code() == Some(NO_SANDBOX) => Error::new(
                Code::Unsupported,
                "this kernel refuses the sandbox for the restored process (seccomp)",
            ),
            Ok(status) => Error::new(
                Code::Child,
                match status.signal() {
                    Some(signal) => format!(
                        "the restored process was ended by signal {signal}; if there was not \
                         enough memory for the snapshot, restore on a machine with more"
                    ),
                    None => error.message().to_owned(),
                },
            ),
            Err(_) => error,
        })
    }

    /// Tries until the image fits into a process.
    fn replay(&self) -> Result<Restored, Error> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            match self.replay_once() {
                Ok(restored) => return Ok(restored),
                Err(Failed::Restore(error)) => return Err(error),
                Err(Failed::Image(error)) if error.kind() == Kind::Conflict => last = Some(error),
                Err(Failed::Image(error)) => return Err(convert(&error, &self.image)),
            }
        }
        Err(last.map_or_else(Error::aborted, |error| {
            Error::new(Code::Unsupported, format!("{error}, in {ATTEMPTS} processes"))
        }))
    }

    fn replay_once(&self) -> Result<Restored, Failed> {
        let file = File::open(&self.image).map_err(|e| Error::io(&e, "open", &self.image))?;
        let mut image = Reader::new(file)?;
        let page = u64::try_from(page_size()).unwrap_or_default();
        image.header().check_machine(std::env::consts::ARCH, page, &machine::features())?;
        let started = |e: &io::Error| Error::syscall(capture::errno_of(e), "execve");
        let mut restorer = Restorer::start().map_err(|e| started(&e))?;
        let occupied = restorer.memory().map_err(|e| started(&e))?;
        let Some((commands, output, replies)) = restorer.pipes() else {
            return Err(Error::internal("restore").into());
        };
        let mut program = Program::new(commands, replies);
        let mut host = Host { job: self, failure: None };
        match replay(&mut image, &mut program, &occupied, &mut host) {
            Ok(()) => Ok(Restored { restorer, output }),
            Err(error) => Err(host.failure.map_or(Failed::Image(error), Failed::Restore)),
        }
    }

    /// Reads the snapshot until the process closes its output.
    fn receive(&self, output: &mut File, pipeline: &mut Pipeline) -> Result<(), Error> {
        let mut buffer = vec![0; MEGABYTE];
        loop {
            self.check()?;
            let mut poll =
                libc::pollfd { fd: output.as_raw_fd(), events: libc::POLLIN, revents: 0 };
            // SAFETY: one entry.
            if unsafe { libc::poll(&raw mut poll, 1, TICK_MS) } <= 0 {
                continue;
            }
            let length = match output.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::syscall(capture::errno_of(&error), "read")),
            };
            pipeline.write(buffer.get(..length).unwrap_or_default()).map_err(
                |error| match error {
                    WriteError::Io(error) => Error::syscall(capture::errno_of(&error), "write"),
                    WriteError::UnknownForm(form) => form.into(),
                },
            )?;
            (self.on_progress)(pipeline.bytes());
        }
    }

    /// Fails if the restore was given up, or took too long.
    fn check(&self) -> Result<(), Error> {
        if (self.is_abandoned)() {
            return Err(Error::aborted());
        }
        if Instant::now() > self.deadline {
            let message = "the restored process was not done when its time was up, and was ended";
            return Err(Error::new(Code::Deadline, message));
        }
        Ok(())
    }
}

/// A process that is taking the snapshot.
struct Restored {
    restorer: Restorer,
    output: File,
}

enum Failed {
    Image(image::Error),
    Restore(Error),
}

impl From<image::Error> for Failed {
    fn from(error: image::Error) -> Self {
        Self::Image(error)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Restore(error)
    }
}

/// Lets a replay be given up.
struct Host<'a> {
    job: &'a Job<'a>,
    failure: Option<Error>,
}

impl Host<'_> {
    fn check(&mut self) -> Result<(), image::Error> {
        self.job.check().map_err(|error| {
            self.failure = Some(error);
            image::Error::new(Kind::Unsupported, "the restore was given up")
        })
    }
}

impl Replay for Host<'_> {
    fn progress(&mut self, _bytes: u64) -> Result<(), image::Error> {
        self.check()
    }

    fn before_start(&mut self) -> Result<(), image::Error> {
        self.check()
    }
}

fn convert(error: &image::Error, path: &Path) -> Error {
    if let Some(error) = error.io() {
        return Error::io(error, "read", path);
    }
    let code = match error.kind() {
        Kind::Damaged => Code::BadImage,
        _ => Code::Unsupported,
    };
    Error::new(code, format!("{}: {error}", path.display()))
}

fn page_size() -> libc::c_long {
    // SAFETY: asks for a number.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) }
}

/// How long a restored process may take in all, if the caller says nothing.
pub(super) fn deadline(timeout_ms: f64) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    let timeout = Duration::try_from_secs_f64(timeout_ms / 1e3).unwrap_or(YEAR).min(YEAR);
    Instant::now() + timeout
}
