//! Handover: takes a dump for another process, and writes it to a descriptor of that process. Used
//! by `heapdump-rs dump --to`.
//!
//! The requesting process listens on an abstract Unix socket, whose name contains the pid of the
//! target, and sends the signal. The target connects, and receives a text with options and the
//! descriptor for the snapshot. It answers with one line of JSON, the result of the dump. Neither
//! side needs a writable directory. Both sides check the other: the target serves only its own user
//! and root, and the requesting process serves only the process that it has signalled.
//!
//! Linux only, because of abstract sockets. Each network namespace has its own, so the requesting
//! process must run in that of the target.

use std::io::{self, Read, Write};
use std::mem::{self, MaybeUninit};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::process;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use capture::{Asker, Error, Outcome, errno_of, lock};
use serde_json::{Value, json};

/// How long the target waits for the options. The requesting process sends them from a thread of
/// its own.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(1);

/// Maximum length of the options in bytes. Those of this package are shorter.
const MAX_REQUEST_BYTES: usize = 4096;

/// Interval in milliseconds at which a waiting process checks whether it was cancelled.
const CHECK_INTERVAL_MS: i32 = 100;

/// A request of another process.
pub(super) struct Handover {
    id: u32,
    /// The descriptor for the snapshot.
    stream: OwnedFd,
    /// The connection to the other process.
    peer: UnixStream,
}

/// The requests that were not answered yet.
static PENDING: Mutex<Vec<Arc<Handover>>> = Mutex::new(Vec::new());

/// Accepts the request of another process, if there is one. Returns its id and its options. Called
/// on the JS thread, also in an interrupt. Blocks for at most [`REQUEST_TIMEOUT`].
pub(super) fn take() -> Option<(u32, String)> {
    static IDS: AtomicU32 = AtomicU32::new(1);
    let peer = UnixStream::connect_addr(&address(process::id()).ok()?).ok()?;
    // SAFETY: `geteuid` has no preconditions.
    let me = unsafe { libc::geteuid() };
    if ![0, me].contains(&credentials(&peer).ok()?.uid) {
        return None;
    }
    peer.set_read_timeout(Some(REQUEST_TIMEOUT)).ok()?;
    let (text, stream) = receive(&peer).ok()?;
    let id = IDS.fetch_add(1, Ordering::Relaxed);
    lock(&PENDING).push(Arc::new(Handover { id, stream, peer }));
    Some((id, text))
}

/// Returns the request with this id, if it was not answered yet.
pub(super) fn pending(id: u32) -> Option<Arc<Handover>> {
    lock(&PENDING).iter().find(|one| one.id == id).cloned()
}

impl Handover {
    /// Returns the descriptor for the snapshot.
    pub(super) fn descriptor(&self) -> RawFd {
        self.stream.as_raw_fd()
    }

    /// Sends the answer, unless one was sent before.
    pub(super) fn answer(&self, answer: &Value) {
        let is_first = {
            let mut pending = lock(&PENDING);
            let before = pending.len();
            pending.retain(|one| one.id != self.id);
            pending.len() < before
        };
        if is_first {
            // Fails if the other process has ended.
            let _ = (&self.peer).write_all(format!("{answer}\n").as_bytes());
        }
    }
}

/// Sends the result of a dump to the other process.
pub(super) struct HandoverAsker {
    pub(super) handover: Arc<Handover>,
    /// Whether the dump is retried if a forked child fails. Such a failure is not sent.
    pub(super) is_retried: bool,
}

impl Asker for HandoverAsker {
    fn tell(&self, outcome: &Outcome) {
        match outcome {
            Ok(result) => {
                let result = serde_json::from_str::<Value>(result).unwrap_or_default();
                self.handover.answer(&json!({ "result": result }));
            }
            Err(error) if self.is_retried && error.is_of_child() => {}
            Err(error) => self.handover.answer(&json!({ "failure": error.to_json() })),
        }
    }
}

/// The socket of the requesting process.
pub(super) struct Offer {
    /// `None` after the first connection of the target.
    listener: Mutex<Option<UnixListener>>,
    is_closed: AtomicBool,
    peer: Mutex<Option<UnixStream>>,
}

impl Offer {
    /// Listens for the process whose id in its own namespace is `pid`.
    pub(super) fn open(pid: u32) -> Result<Self, Error> {
        let listen = || UnixListener::bind_addr(&address(pid)?);
        let listener = listen().map_err(|e| Error::syscall(errno_of(&e), "bind"))?;
        let listener = Mutex::new(Some(listener));
        Ok(Self { listener, is_closed: AtomicBool::new(false), peer: Mutex::default() })
    }

    /// Sends `text` and `descriptor` to the process whose id in this namespace is `pid`. Blocks
    /// until it has connected. Returns `false` after `timeout`, or if the offer was closed.
    pub(super) fn hand_over(
        &self,
        pid: u32,
        descriptor: BorrowedFd<'_>,
        text: &str,
        timeout: Duration,
    ) -> bool {
        let Some(listener) = lock(&self.listener).take() else { return false };
        let begun = Instant::now();
        while begun.elapsed() < timeout && !self.is_closed.load(Ordering::Acquire) {
            if !is_readable(listener.as_raw_fd()) {
                continue;
            }
            let Ok((peer, _)) = listener.accept() else { continue };
            if credentials(&peer).is_ok_and(|peer| peer.pid.unsigned_abs() == pid)
                && send(&peer, text.as_bytes(), descriptor).is_ok()
            {
                *lock(&self.peer) = Some(peer);
                return true;
            }
        }
        false
    }

    /// Blocks until the other process has sent its answer. Returns an empty text if it ends without
    /// one, or if the offer was closed.
    pub(super) fn answer(&self) -> String {
        let Some(peer) = lock(&self.peer).take() else { return String::new() };
        let mut answer = Vec::new();
        let mut piece = [0; 4096];
        while !self.is_closed.load(Ordering::Acquire) {
            if !is_readable(peer.as_raw_fd()) {
                continue;
            }
            match (&peer).read(&mut piece) {
                Ok(0) => break,
                Ok(length) => answer.extend_from_slice(&piece[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
            if answer.ends_with(b"\n") {
                break;
            }
        }
        String::from_utf8(answer).unwrap_or_default()
    }

    /// Makes blocked calls return.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
    }
}

/// Returns the address of the socket for the process `pid`.
fn address(pid: u32) -> io::Result<SocketAddr> {
    SocketAddr::from_abstract_name(format!("heapdump-rs.{pid}"))
}

/// Returns process, user and group of the other end of a connection.
fn credentials(peer: &UnixStream) -> io::Result<libc::ucred> {
    let mut credentials = libc::ucred { pid: 0, uid: 0, gid: 0 };
    let mut length = size_of_socklen(&credentials);
    // SAFETY: `getsockopt` writes at most `length` bytes, for which there is room.
    let result = unsafe {
        libc::getsockopt(
            peer.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut credentials).cast(),
            &raw mut length,
        )
    };
    if result == 0 { Ok(credentials) } else { Err(io::Error::last_os_error()) }
}

fn size_of_socklen<T>(_value: &T) -> libc::socklen_t {
    libc::socklen_t::try_from(size_of::<T>()).unwrap_or(libc::socklen_t::MAX)
}

fn is_readable(descriptor: RawFd) -> bool {
    let mut poll = libc::pollfd { fd: descriptor, events: libc::POLLIN, revents: 0 };
    // SAFETY: `poll` gets one entry, which outlives the call.
    unsafe { libc::poll(&raw mut poll, 1, CHECK_INTERVAL_MS) > 0 }
}

/// A buffer for a control message with one descriptor, aligned for its header.
#[repr(C)]
union Control {
    header: libc::cmsghdr,
    space: [u8; 64],
}

/// Returns a message with `text` and a buffer for a control message.
fn message(text: &mut libc::iovec, control: &mut MaybeUninit<Control>) -> libc::msghdr {
    // SAFETY: a structure of numbers and pointers, for which zero is valid.
    let mut message = unsafe { mem::zeroed::<libc::msghdr>() };
    message.msg_iov = text;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = size_of::<Control>() as _;
    message
}

fn send(peer: &UnixStream, text: &[u8], descriptor: BorrowedFd<'_>) -> io::Result<()> {
    let mut text = libc::iovec { iov_base: text.as_ptr().cast_mut().cast(), iov_len: text.len() };
    let mut control = MaybeUninit::<Control>::zeroed();
    let mut message = message(&mut text, &mut control);
    let length = u32::try_from(size_of::<RawFd>()).unwrap_or_default();
    // SAFETY: computes a number. `Control` is at least as large.
    message.msg_controllen = unsafe { libc::CMSG_SPACE(length) } as _;
    // SAFETY: the buffer of `message` has room for one header.
    let header = unsafe { libc::CMSG_FIRSTHDR(&raw const message) };
    // SAFETY: the header is in `control`, which is initialised with zeros. Nothing else uses it
    // meanwhile.
    let header = unsafe { &mut *header };
    header.cmsg_level = libc::SOL_SOCKET;
    header.cmsg_type = libc::SCM_RIGHTS;
    // SAFETY: computes a number.
    header.cmsg_len = unsafe { libc::CMSG_LEN(length) } as _;
    // SAFETY: the data follows its header in `control`.
    let data = unsafe { libc::CMSG_DATA(header) };
    // SAFETY: there is room for one descriptor. The address need not be aligned.
    unsafe { ptr::write_unaligned(data.cast(), descriptor.as_raw_fd()) };
    // SAFETY: everything that `message` points to outlives the call.
    match unsafe { libc::sendmsg(peer.as_raw_fd(), &raw const message, libc::MSG_NOSIGNAL) } {
        sent if usize::try_from(sent).is_ok_and(|sent| sent == text.iov_len) => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

fn receive(peer: &UnixStream) -> io::Result<(String, OwnedFd)> {
    let mut bytes = [0_u8; MAX_REQUEST_BYTES];
    let mut text = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
    let mut control = MaybeUninit::<Control>::zeroed();
    let mut message = message(&mut text, &mut control);
    // SAFETY: everything that `message` points to outlives the call.
    let received =
        unsafe { libc::recvmsg(peer.as_raw_fd(), &raw mut message, libc::MSG_CMSG_CLOEXEC) };
    let length = usize::try_from(received).map_err(|_| io::Error::last_os_error())?;
    let invalid = || io::Error::from(io::ErrorKind::InvalidData);
    // SAFETY: the kernel has initialised `message`.
    let header = unsafe { libc::CMSG_FIRSTHDR(&raw const message) };
    // SAFETY: the pointer is null, or points to a header in `control`.
    let header = unsafe { header.as_ref() }.ok_or_else(invalid)?;
    if (header.cmsg_level, header.cmsg_type) != (libc::SOL_SOCKET, libc::SCM_RIGHTS) {
        return Err(invalid());
    }
    // SAFETY: the data follows its header in `control`.
    let data = unsafe { libc::CMSG_DATA(header) };
    // SAFETY: an `SCM_RIGHTS` message has at least one descriptor. The address need not be aligned.
    let descriptor = unsafe { ptr::read_unaligned(data.cast::<RawFd>()) };
    // SAFETY: the kernel has just opened the descriptor for this process.
    let descriptor = unsafe { OwnedFd::from_raw_fd(descriptor) };
    let text = str::from_utf8(&bytes[..length]).map_err(|_| invalid())?;
    Ok((text.to_owned(), descriptor))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::AsFd;
    use std::thread;

    use super::*;

    /// Serializes the tests: the address of an offer contains the pid of this process.
    static ADDRESS: Mutex<()> = Mutex::new(());

    #[test]
    fn a_request_reaches_the_target_with_its_descriptor_and_the_answer_comes_back() {
        let _address = lock(&ADDRESS);
        let pid = process::id();
        let offer = Offer::open(pid).unwrap();
        let (mut reader, writer) = io::pipe().unwrap();
        let target = thread::spawn(|| {
            let (id, options) = take().expect("a request");
            let handover = pending(id).expect("not answered");
            // SAFETY: the descriptor is open as long as the request.
            let stream = unsafe { BorrowedFd::borrow_raw(handover.descriptor()) };
            File::from(stream.try_clone_to_owned().unwrap()).write_all(b"snapshot").unwrap();
            handover.answer(&json!({ "options": options }));
            handover.answer(&json!("a second answer is not sent"));
            assert!(pending(id).is_none());
        });
        let timeout = Duration::from_secs(60);
        assert!(offer.hand_over(pid, writer.as_fd(), "redact", timeout));
        assert_eq!(offer.answer(), "{\"options\":\"redact\"}\n");
        target.join().unwrap();
        drop(writer);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "snapshot");
    }

    #[test]
    fn nothing_is_taken_without_an_offer_or_without_a_descriptor() {
        let _address = lock(&ADDRESS);
        assert!(take().is_none());
        let listener = UnixListener::bind_addr(&address(process::id()).unwrap()).unwrap();
        let target = thread::spawn(|| assert!(take().is_none()));
        let (peer, _) = listener.accept().unwrap();
        (&peer).write_all(b"options").unwrap();
        target.join().unwrap();
    }

    #[test]
    fn another_process_than_the_signalled_one_gets_nothing() {
        let _address = lock(&ADDRESS);
        let offer = Arc::new(Offer::open(process::id()).unwrap());
        let closed = Arc::clone(&offer);
        let other = thread::spawn(move || {
            assert!(take().is_none());
            closed.close();
        });
        let file = File::open("/").unwrap();
        // Process 1 was signalled, and this one connects.
        assert!(!offer.hand_over(1, file.as_fd(), "", Duration::from_secs(60)));
        assert_eq!(offer.answer(), "");
        other.join().unwrap();
    }
}
