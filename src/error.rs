//! Converts failures of the analysis to JavaScript errors with a stable `code` and fields for the
//! place.

use std::any::Any;
use std::io;

use heapsnapshot::{Error as CoreError, ErrorKind};
use napi::bindgen_prelude::{JsObjectValue, Object};
use napi::{Env, Error, JsError, JsRangeError, JsValue};

/// The reason why a query failed.
pub enum Failure {
    /// The engine rejected the snapshot or the query.
    Core {
        /// The error of the engine.
        error: CoreError,
        /// The path of the snapshot, if it is a file.
        path: Option<String>,
    },
    /// A system call failed.
    Io {
        /// The error of the system call.
        error: io::Error,
        /// The name of the system call.
        syscall: &'static str,
        /// The path of the file.
        path: Option<String>,
    },
    /// The file of a snapshot could not be decrypted.
    Decryption(encryption::Error),
    /// The handle is closed.
    Closed,
    /// Another snapshot of this process is being taken.
    Busy,
    /// Two snapshots are of different processes, so their ids cannot be compared.
    DifferentProcess,
    /// The number is not a valid id.
    NoSuchNode(f64),
    /// An invalid argument that JavaScript should have rejected.
    Argument(String),
    /// The engine panicked. This is a bug of this package.
    Panic(String),
}

impl From<CoreError> for Failure {
    fn from(error: CoreError) -> Self {
        Self::Core { error, path: None }
    }
}

/// Extra fields of an error object, in the order in which they are printed.
type Fields = Vec<(&'static str, Field)>;

enum Field {
    Number(f64),
    Text(String),
}

impl Failure {
    /// Adds the path of the snapshot to an error of the engine.
    pub(crate) fn about(self, path: &str) -> Self {
        match self {
            Self::Core { error, .. } => Self::Core { error, path: Some(path.to_owned()) },
            other => other,
        }
    }

    /// Returns the failure for the payload of a caught panic.
    pub(crate) fn from_panic(payload: &(dyn Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        Self::Panic(text.unwrap_or_else(|| "unknown reason".to_owned()))
    }

    /// Returns the JavaScript error. JS thread only.
    pub(crate) fn into_js(self, env: Env) -> Error {
        let range = matches!(&self, Self::Core { error, .. } if error.kind() == ErrorKind::Limit);
        let (code, message, fields) = self.describe();
        let error = Error::new(code, message);
        let value = if range {
            JsRangeError::from(error).into_unknown(env)
        } else {
            JsError::from(error).into_unknown(env)
        };
        match value.coerce_to_object().and_then(|object| decorate(object, fields)) {
            Ok(object) => Error::from(object.to_unknown()),
            Err(error) => error,
        }
    }

    /// Returns the code, the message and the extra fields. The documentation has the same table.
    fn describe(self) -> (String, String, Fields) {
        match self {
            Self::Core { error, path } => describe_core(&error, path),
            Self::Io { error, syscall, path } => describe_io(&error, syscall, path),
            Self::Decryption(error) => describe_decryption(&error),
            Self::Closed => (
                "ERR_HEAPDUMP_CLOSED".to_owned(),
                "the heap snapshot has been closed".to_owned(),
                Fields::new(),
            ),
            Self::Busy => (
                "ERR_HEAPDUMP_BUSY".to_owned(),
                "another heap snapshot of this process is being taken".to_owned(),
                Fields::new(),
            ),
            Self::DifferentProcess => (
                "ERR_HEAPDUMP_DIFFERENT_PROCESS".to_owned(),
                "the snapshots are of different processes: their ids do not mean the same objects"
                    .to_owned(),
                Fields::new(),
            ),
            Self::NoSuchNode(id) => (
                "ERR_HEAPDUMP_NODE_NOT_FOUND".to_owned(),
                format!("no node with id {id}"),
                vec![("nodeId", Field::Number(id))],
            ),
            Self::Argument(message) => ("ERR_INVALID_ARG_VALUE".to_owned(), message, Fields::new()),
            Self::Panic(reason) => (
                "ERR_HEAPDUMP_INTERNAL".to_owned(),
                format!("internal error, please report it: {reason}"),
                vec![("cause", Field::Text(reason))],
            ),
        }
    }
}

fn describe_core(error: &CoreError, path: Option<String>) -> (String, String, Fields) {
    let code = match error.kind() {
        ErrorKind::Parse => "ERR_HEAPDUMP_PARSE",
        ErrorKind::Truncated => "ERR_HEAPDUMP_TRUNCATED",
        ErrorKind::Unsupported => "ERR_HEAPDUMP_UNSUPPORTED",
        ErrorKind::Inconsistent => "ERR_HEAPDUMP_INCONSISTENT",
        ErrorKind::Limit => "ERR_HEAPDUMP_LIMIT",
        ErrorKind::NodeNotFound => "ERR_HEAPDUMP_NODE_NOT_FOUND",
        ErrorKind::InvalidArgument => "ERR_INVALID_ARG_VALUE",
        ErrorKind::Cancelled => "ABORT_ERR",
        ErrorKind::Io => match error.io_error() {
            // An error of a decompressor has no error number: the file is damaged.
            Some(inner) if inner.raw_os_error().is_none() => match inner.kind() {
                io::ErrorKind::UnexpectedEof => "ERR_HEAPDUMP_TRUNCATED",
                _ => "ERR_HEAPDUMP_PARSE",
            },
            inner => {
                let errno = inner.and_then(io::Error::raw_os_error).unwrap_or_default();
                return describe_io(&io::Error::from_raw_os_error(errno), "read", path);
            }
        },
        // `ErrorKind` is non-exhaustive.
        _ => "ERR_HEAPDUMP_INTERNAL",
    };
    let mut fields = Fields::new();
    let mut number = |name, value: Option<u64>| {
        if let Some(value) = value {
            fields.push((name, Field::Number(to_number(value))));
        }
    };
    number("offset", error.offset());
    number("index", error.index());
    number("limit", error.limit().map(|(limit, _)| limit));
    number("actual", error.limit().map(|(_, actual)| actual));
    number("nodeId", error.node_id().map(|id| u64::from(id.get())));
    if let Some(section) = error.section() {
        fields.push(("section", Field::Text(section.to_owned())));
        if error.kind() == ErrorKind::Unsupported {
            // The message quotes the name of the missing field.
            let field = error.message().split('"').nth(1).unwrap_or_default();
            fields.push(("field", Field::Text(field.to_owned())));
        }
    }
    if let Some(path) = path {
        fields.push(("path", Field::Text(path)));
    }
    if error.kind() == ErrorKind::Cancelled {
        fields.push(("name", Field::Text("AbortError".to_owned())));
    }
    (code.to_owned(), error.to_string(), fields)
}

fn describe_decryption(error: &encryption::Error) -> (String, String, Fields) {
    use encryption::Kind;
    let path = error.path().map(|path| path.to_string_lossy().into_owned());
    let code = match error.kind() {
        Kind::Io(syscall, error) => return describe_io(error, syscall, path),
        Kind::NoIdentity => "ERR_HEAPDUMP_ENCRYPTED",
        Kind::BadIdentity | Kind::WrongIdentity => "ERR_HEAPDUMP_IDENTITY",
        Kind::Damaged => "ERR_HEAPDUMP_PARSE",
        Kind::BadRecipient => "ERR_INVALID_ARG_VALUE",
    };
    let fields = path.map(|path| ("path", Field::Text(path))).into_iter().collect();
    (code.to_owned(), error.to_string(), fields)
}

/// Returns the parts of an error in the form of `node:fs`.
fn describe_io(error: &io::Error, syscall: &str, path: Option<String>) -> (String, String, Fields) {
    let (code, text) = errno_name(error);
    let place = path.as_ref().map(|path| format!(" '{path}'")).unwrap_or_default();
    let message = format!("{code}: {text}, {syscall}{place}");
    let mut fields = Fields::new();
    if let Some(errno) = error.raw_os_error() {
        // Node uses libuv's error numbers, which are negative on POSIX.
        fields.push(("errno", Field::Number(f64::from(-errno))));
    }
    fields.push(("syscall", Field::Text(syscall.to_owned())));
    if let Some(path) = path {
        fields.push(("path", Field::Text(path)));
    }
    (code.to_owned(), message, fields)
}

/// Returns libuv's name and message for an error of reading or writing a file.
fn errno_name(error: &io::Error) -> (&'static str, String) {
    let (code, text) = match error.kind() {
        io::ErrorKind::NotFound => ("ENOENT", "no such file or directory"),
        io::ErrorKind::PermissionDenied => match error.raw_os_error() {
            Some(libc::EPERM) => ("EPERM", "operation not permitted"),
            _ => ("EACCES", "permission denied"),
        },
        io::ErrorKind::IsADirectory => ("EISDIR", "illegal operation on a directory"),
        io::ErrorKind::NotADirectory => ("ENOTDIR", "not a directory"),
        io::ErrorKind::BrokenPipe => ("EPIPE", "broken pipe"),
        io::ErrorKind::StorageFull => ("ENOSPC", "no space left on device"),
        io::ErrorKind::FileTooLarge => ("EFBIG", "file too large"),
        io::ErrorKind::InvalidInput => ("EINVAL", "invalid argument"),
        io::ErrorKind::OutOfMemory => ("ENOMEM", "not enough memory"),
        io::ErrorKind::QuotaExceeded => ("EDQUOT", "disk quota exceeded"),
        io::ErrorKind::ReadOnlyFilesystem => ("EROFS", "read-only file system"),
        _ => match error.raw_os_error() {
            Some(libc::EMFILE) => ("EMFILE", "too many open files"),
            Some(libc::ENFILE) => ("ENFILE", "file table overflow"),
            Some(libc::ELOOP) => ("ELOOP", "too many symbolic links encountered"),
            Some(libc::ENAMETOOLONG) => ("ENAMETOOLONG", "name too long"),
            Some(libc::EBADF) => ("EBADF", "bad file descriptor"),
            Some(libc::ENXIO) => ("ENXIO", "no such device or address"),
            _ => return ("EIO", error.to_string()),
        },
    };
    (code, text.to_owned())
}

fn decorate(mut object: Object<'_>, fields: Fields) -> napi::Result<Object<'_>> {
    for (name, field) in fields {
        match field {
            Field::Number(value) => object.set_named_property(name, value)?,
            Field::Text(value) => object.set_named_property(name, value)?,
        }
    }
    Ok(object)
}

/// Converts a count or an offset to a JavaScript number, which is exact up to 2^53. No file is
/// larger.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
pub(crate) fn to_number(value: u64) -> f64 {
    value as f64
}
