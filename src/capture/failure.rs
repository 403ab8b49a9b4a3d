//! The errors of the capture as JavaScript sees them: the only conversion of [`capture::Error`].

use capture::Error;
use napi_derive::napi;

/// A failed dump. `lib/errors.js` turns it into an `Error`.
#[napi(object)]
#[derive(Clone, Debug)]
pub struct Failure {
    /// A stable code of this package (`ERR_HEAPDUMP_…`); absent when `errno` says it all.
    pub code: Option<String>,
    /// Positive errno of the failed system call.
    pub errno: Option<i32>,
    /// Name of the failed system call.
    pub syscall: Option<String>,
    /// The file that was to be written.
    pub path: Option<String>,
    /// What was expected and what was found.
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
