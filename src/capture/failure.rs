//! Converts [`capture::Error`] for JavaScript. The only place that does so.

use capture::Error;
use napi_derive::napi;

/// A failed dump. `lib/errors.js` turns it into an `Error`.
#[napi(object)]
#[derive(Clone, Debug)]
pub struct Failure {
    /// A stable code of this package (`ERR_HEAPDUMP_…`). Absent for a failed system call.
    pub code: Option<String>,
    /// Positive error number of the failed system call.
    pub errno: Option<i32>,
    /// Name of the failed system call.
    pub syscall: Option<String>,
    /// Path of the file.
    pub path: Option<String>,
    /// The message.
    pub message: String,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            code: error.code().name().map(str::to_owned),
            errno: error.errno(),
            syscall: error.syscall_name().map(str::to_owned),
            path: error.path().map(str::to_owned),
            message: error.message().to_owned(),
        }
    }
}
