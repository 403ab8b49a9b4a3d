//! Step 5 of a dump as an image: the child writes its own memory instead of a snapshot.
//!
//! V8 needs several times the heap's size to build a snapshot; an image needs a few MB. Elsewhere
//! the restorer (`restore`) rebuilds the memory, and the child goes on where it was stopped.
//! [`write`] therefore returns twice: in the child, when the image is written, and in the restored
//! process, which then takes the snapshot.
//!
//! 1. Everything that the writer needs is opened and allocated, because memory that changes while
//!    it is written would not be that of one instant.
//! 2. [`registers`] saves what the processor holds, and calls the writer.
//! 3. [`memory`] writes all mappings and their contents.

mod memory;
mod registers;

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;

use capture::{Facts, Report, Sink, errno_of};
use image::{Header, Writer, mappings, patches};

use super::super::machine;
use super::super::system::system;
use super::status::Sender;
use memory::{Arena, Memory};
use registers::Checkpoint;

/// Where [`write`] returned.
pub(super) enum Side {
    /// In the child: the bytes of the image.
    Written(u64),
    /// In the child: why there is none.
    Failed(Report),
    /// In the restored process: it takes the snapshot.
    Restored,
}

/// Writes an image of this process to `file`, with `facts` in its header.
///
/// # Safety
///
/// The process must have one thread. After [`Side::Restored`], no descriptor but that of `file` is
/// open, and most system calls fail.
pub(super) unsafe fn write(file: &File, status: &Sender, facts: Facts) -> Side {
    // SAFETY: the contract is the caller's.
    match unsafe { checkpoint(file, status, facts) } {
        Ok(side) => side,
        Err(report) => Side::Failed(report),
    }
}

unsafe fn checkpoint(file: &File, status: &Sender, facts: Facts) -> Result<Side, Report> {
    // After `setuid` the files of /proc/self belong to root until this.
    // SAFETY: a setting of this process.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 1) };
    let unreadable = |error: io::Error| Report::Unreadable(errno_of(&error));
    let unwritable = |error: io::Error| Report::WriteFailed(errno_of(&error));
    let mut header = Header::new(machine::kernel(), machine::features(), facts);
    header.protection_keys = machine::protection_keys();
    header.files = machine::build_ids();
    // The restored process writes to the descriptor of `file` itself.
    let sink = Sink::new(file.try_clone().map_err(unwritable)?, system());
    let memory = Memory {
        writer: Writer::new(sink, &header).map_err(unwritable)?,
        maps: File::open("/proc/self/maps").map_err(unreadable)?,
        pagemap: File::open("/proc/self/pagemap").map_err(unreadable)?,
        contents: File::open("/proc/self/mem").map_err(unreadable)?,
        arena: Arena::new().map_err(unreadable)?,
        patches: vdso_patches(),
        heap_end: heap_end(),
        output: file.as_raw_fd().unsigned_abs().into(),
        status,
        result: Ok(0),
    };
    let mut checkpoint = Box::new(Checkpoint::new(memory, Memory::write));
    // SAFETY: nothing below returns into frames that have ended, and `Memory::write` does not
    // unwind.
    if unsafe { checkpoint.take() } {
        // Caught in the middle of its work: it is neither finished nor dropped here.
        std::mem::forget(checkpoint);
        return Ok(Side::Restored);
    }
    checkpoint.into_state().result.map(Side::Written)
}

/// What replaces the functions of this process's vDSO.
fn vdso_patches() -> Vec<image::Patch> {
    let Ok(maps) = fs::read("/proc/self/maps") else { return Vec::new() };
    let Some(vdso) = mappings(&maps).find(|mapping| mapping.path == b"[vdso]") else {
        return Vec::new();
    };
    let length = usize::try_from(vdso.end - vdso.start).unwrap_or(0);
    // SAFETY: the kernel maps the vDSO for the life of the process, and never changes it.
    let code = unsafe { std::slice::from_raw_parts(vdso.start as *const u8, length) };
    patches(code, vdso.start)
}

/// The end of the heap of `brk`.
fn heap_end() -> u64 {
    // SAFETY: asks for a number: there is no heap at address 0.
    unsafe { libc::syscall(libc::SYS_brk, 0) }.cast_unsigned()
}
