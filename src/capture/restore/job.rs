//! Restores one image and receives its snapshot, on a thread of its own.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use capture::{Code, Error, Pipeline, Sizes};
use encryption::open_encrypted;
use image::{Header, Kind, Program, Reader, replay};

use super::super::machine;
use super::restorer::{NO_SANDBOX, Restorer};

/// Number of restorers to try. The kernel may map memory of a restorer at an address of the image.
/// In another process it has another, random address.
const MAX_ATTEMPTS: u32 = 8;

/// Interval in milliseconds at which a waiting restore checks whether it was cancelled.
const CHECK_INTERVAL_MS: i32 = 250;

/// Size of the buffer for the snapshot in bytes.
const BUFFER_BYTES: usize = 1 << 20;

/// A restore that has not started.
pub(super) struct Job<'a> {
    /// The file of the image.
    pub(super) image: PathBuf,
    /// The file with the identities for an encrypted image.
    pub(super) identity: Option<PathBuf>,
    /// When the restored process is killed.
    pub(super) deadline: Instant,
    /// Whether the restore was cancelled.
    pub(super) abandoned: &'a AtomicBool,
    /// Called with the number of bytes of the snapshot received so far.
    pub(super) on_progress: &'a dyn Fn(u64),
}

/// Reads the header of an image.
pub(super) fn header(path: &Path, identity: Option<&Path>) -> Result<Header, Error> {
    Header::read(&mut io::BufReader::new(open(path, identity)?))
        .map_err(|error| convert(&error, path))
}

/// Returns whether a file is an encrypted image.
pub(super) fn is_encrypted_image(path: &Path, identity: &Path) -> Result<bool, Error> {
    let decrypted = open_encrypted(path, Some(identity)).map_err(|e| undecrypted(&e))?;
    // Reads the first chunk, which is authentic only as a whole.
    Ok(decrypted.is_some_and(|mut image| Header::read(&mut image).is_ok()))
}

/// Opens an image, encrypted or not.
fn open(path: &Path, identity: Option<&Path>) -> Result<Box<dyn Read>, Error> {
    match open_encrypted(path, identity).map_err(|error| undecrypted(&error))? {
        Some(decrypted) => Ok(Box::new(decrypted)),
        None => match File::open(path) {
            Ok(file) => Ok(Box::new(file)),
            Err(error) => Err(Error::io(&error, "open", path)),
        },
    }
}

fn undecrypted(error: &encryption::Error) -> Error {
    let code = match error.kind() {
        encryption::Kind::Io(syscall, cause) => {
            return Error::io(cause, syscall, error.path().unwrap_or(Path::new("")));
        }
        encryption::Kind::NoIdentity => Code::Encrypted,
        encryption::Kind::Damaged => Code::BadImage,
        _ => Code::Identity,
    };
    Error::new(code, error.to_string())
}

impl Job<'_> {
    /// Restores the image, and writes the snapshot to `pipeline`. Returns the file and the sizes.
    ///
    /// # Errors
    ///
    /// If the image cannot be restored here, if the process ends without a complete snapshot, if
    /// the restore is cancelled, or at the deadline.
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

    /// Starts restorers until the image fits into one.
    fn replay(&self) -> Result<Restored, Error> {
        let mut last = None;
        for _ in 0..MAX_ATTEMPTS {
            match self.replay_once() {
                Ok(restored) => return Ok(restored),
                Err(Failed::Restore(error)) => return Err(error),
                Err(Failed::Image(error)) if error.kind() == Kind::Conflict => last = Some(error),
                Err(Failed::Image(error)) => return Err(convert(&error, &self.image)),
            }
        }
        Err(last.map_or_else(Error::aborted, |error| {
            Error::new(Code::Unsupported, format!("{error}, in {MAX_ATTEMPTS} processes"))
        }))
    }

    fn replay_once(&self) -> Result<Restored, Failed> {
        let mut image = Reader::new(open(&self.image, self.identity.as_deref())?)?;
        image.header().check_machine(&machine::features())?;
        let started = |e: &io::Error| Error::syscall(capture::errno_of(e), "execve");
        let mut restorer = Restorer::start().map_err(|e| started(&e))?;
        let occupied = restorer.memory().map_err(|e| started(&e))?;
        let Some((commands, output, replies)) = restorer.pipes() else {
            return Err(Error::internal("restore").into());
        };
        let mut program = Program::new(commands, replies);
        let mut cancelled = None;
        let mut check = || {
            self.check().map_err(|error| {
                cancelled = Some(error);
                image::Error::new(Kind::Unsupported, "the restore was given up")
            })
        };
        match replay(&mut image, &mut program, &occupied, &mut check) {
            Ok(()) => Ok(Restored { restorer, output }),
            Err(error) => Err(cancelled.map_or(Failed::Image(error), Failed::Restore)),
        }
    }

    /// Reads the snapshot until the restored process closes its output.
    fn receive(&self, output: &mut File, pipeline: &mut Pipeline) -> Result<(), Error> {
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            self.check()?;
            let mut poll =
                libc::pollfd { fd: output.as_raw_fd(), events: libc::POLLIN, revents: 0 };
            // SAFETY: `poll` gets one entry, which outlives the call.
            if unsafe { libc::poll(&raw mut poll, 1, CHECK_INTERVAL_MS) } <= 0 {
                continue;
            }
            let length = match output.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::syscall(capture::errno_of(&error), "read")),
            };
            pipeline.write(buffer.get(..length).unwrap_or_default())?;
            (self.on_progress)(pipeline.bytes());
        }
    }

    /// Fails if the restore was cancelled, or at its deadline.
    fn check(&self) -> Result<(), Error> {
        if self.abandoned.load(Ordering::Acquire) {
            return Err(Error::aborted());
        }
        if Instant::now() > self.deadline {
            let message = "the restored process did not finish before its deadline and was ended";
            return Err(Error::new(Code::Deadline, message));
        }
        Ok(())
    }
}

/// A restored process, which is taking the snapshot.
struct Restored {
    restorer: Restorer,
    /// The pipe from which the snapshot is read.
    output: File,
}

/// Why one restorer could not be used.
enum Failed {
    /// The image cannot be restored in this restorer.
    Image(image::Error),
    /// Anything else.
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

/// Converts the error of an image in the file `path`.
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

/// Returns the deadline of a restore that starts now. A timeout that is not a valid duration, or
/// longer than a year, counts as a year.
pub(super) fn deadline(timeout_ms: f64) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    let timeout = Duration::try_from_secs_f64(timeout_ms / 1e3).unwrap_or(YEAR).min(YEAR);
    Instant::now() + timeout
}
