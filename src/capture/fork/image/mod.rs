//! Step 5 of a dump as a heap image, in the child: writes the memory of the child to a file.
//!
//! To build a snapshot, V8 needs several times the size of the heap in additional memory. To write
//! an image, the child needs only a few MB. Later, usually on another machine, `restore` rebuilds
//! the memory in a new process, which continues where the image was taken. [`write`] therefore
//! returns twice: in the child when the image is written, and in the restored process, which then
//! takes the snapshot.
//!
//! 1. [`write`] opens and allocates everything that the writer needs. Memory that changes while it
//!    is written would make the image inconsistent.
//! 2. [`registers`] saves the registers of the processor and calls the writer.
//! 3. [`memory`] writes all mappings and their contents. [`encryptor`] encrypts them, if requested.

mod encryptor;
mod memory;
mod registers;

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;

use capture::{Facts, Report, Sink, Sizes, errno_of};
use encryption::Recipients;
use image::{Header, Writer, mappings, patches};

use super::super::machine;
use super::super::system::system;
use super::status::Sender;
use encryptor::Encryptor;
use memory::{Arena, ImageWriter};
use registers::Checkpoint;

/// Writes an image of this process to `file`, with `facts` in its header, and encrypted if there
/// are `recipients`. Returns the size of the image and that of the file, or `None` in the restored
/// process.
///
/// # Errors
///
/// The report to send to the parent.
///
/// # Safety
///
/// The process must have one thread. In the restored process, the descriptor of `file` is the only
/// open one, and most system calls fail.
pub(super) unsafe fn write(
    file: &File,
    recipients: Option<&Recipients>,
    status: &Sender,
    facts: Facts,
) -> Result<Option<Sizes>, Report> {
    // After `setuid`, the files below /proc/self belong to root until the process is dumpable
    // again.
    // SAFETY: `prctl` gets numbers, and changes an attribute of this process.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 1) };
    let unreadable = |error: io::Error| Report::Unreadable(errno_of(&error));
    let unwritable = |error: io::Error| Report::WriteFailed(errno_of(&error));
    let mut header = Header::new(machine::kernel(), machine::features(), facts);
    header.protection_keys = machine::protection_keys();
    header.files = machine::build_ids();
    let (encryptor, output) = match recipients {
        // SAFETY: the process has one thread (contract), whose locks are disabled.
        Some(recipients) => unsafe { Encryptor::start(file, recipients, status) }
            .map(|(encryptor, pipe)| (Some(encryptor), pipe)),
        // The sink owns a duplicate, so `file` stays open: the restored process writes the snapshot
        // to the descriptor number of `file`.
        None => file.try_clone().map(|duplicate| (None, duplicate)),
    }
    .map_err(unwritable)?;
    let sink = Sink::new(output, system());
    let image_writer = ImageWriter {
        writer: Writer::new(sink, &header).map_err(unwritable)?,
        maps: File::open("/proc/self/maps").map_err(unreadable)?,
        pagemap: File::open("/proc/self/pagemap").map_err(unreadable)?,
        mem: File::open("/proc/self/mem").map_err(unreadable)?,
        arena: Arena::new().map_err(unreadable)?,
        patches: vdso_patches(),
        heap_end: heap_end(),
        output: file.as_raw_fd().unsigned_abs().into(),
        status,
        result: Ok(0),
    };
    let mut checkpoint = Box::new(Checkpoint::new(image_writer, ImageWriter::write));
    // SAFETY: in the restored process, this function does not rely on changes that were made after
    // the writer ran, and its frame is part of the image. `ImageWriter::write` does not unwind.
    if unsafe { checkpoint.take() } {
        // The image contains the writer in the middle of its work. The writer must not be dropped,
        // because its descriptors do not exist in the restored process.
        std::mem::forget((checkpoint, encryptor));
        return Ok(None);
    }
    // Closes the output, which ends the image for the encryptor.
    let written = checkpoint.into_state().result;
    let encrypted = encryptor.map(Encryptor::finish).transpose()?;
    let snapshot = written?;
    Ok(Some(Sizes { snapshot, stored: encrypted.unwrap_or(snapshot) }))
}

/// Returns the patches that replace the functions of this process's vDSO.
fn vdso_patches() -> Vec<image::Patch> {
    let Ok(maps) = fs::read("/proc/self/maps") else { return Vec::new() };
    let Some(vdso) = mappings(&maps).find(|mapping| mapping.path == b"[vdso]") else {
        return Vec::new();
    };
    let length = usize::try_from(vdso.end - vdso.start).unwrap_or(0);
    // SAFETY: the kernel keeps the vDSO mapped for the life of the process, and never changes it.
    let code = unsafe { std::slice::from_raw_parts(vdso.start as *const u8, length) };
    patches(code, vdso.start)
}

/// Returns the end of the `brk` heap.
fn heap_end() -> u64 {
    // SAFETY: `brk` with an invalid address changes nothing, and returns the present end.
    unsafe { libc::syscall(libc::SYS_brk, 0) }.cast_unsigned()
}
