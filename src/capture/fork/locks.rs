//! Step 4, in the child: disables locks that would block forever.
//!
//! The child has one thread, so it needs no locks. But threads of the parent, which do not exist in
//! the child, may have held a lock at the fork. Two kinds of locks are disabled. The parent is not
//! affected, because the child changes only its private copy of the memory.
//!
//! * pthread locks, in calls from the object file that contains V8 (the executable, or a shared
//!   libnode). These calls go through entries of its global offset table, which the dynamic linker
//!   has filled. The relocations name the function of each entry. The entries of the functions in
//!   [`PTHREAD`] are set to a function that returns success. Calls from other object files still
//!   lock. libc resets the locks of its allocator on `fork` (musl since 1.2.2, which every Alpine
//!   image with a supported Node has).
//! * `absl::Mutex`, which V8 uses since Node 22. It is linked into the executable and called
//!   without such entries, so the first instructions of its functions are overwritten with a
//!   return.
//!
//! A wait without a timeout, for a condition variable or for a semaphore with count 0, would last
//! forever. It ends the child instead, and the parent may try again. A wait of `absl` with a
//! timeout returns at once as timed out.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::atomic::{AtomicI32, Ordering};

use capture::Report;

use super::super::symbols;
use super::status::Sender;

/// pthread functions to replace with one that returns 0.
const PTHREAD: [&CStr; 11] = [
    c"pthread_mutex_lock",
    c"pthread_mutex_trylock",
    c"pthread_mutex_unlock",
    c"pthread_rwlock_rdlock",
    c"pthread_rwlock_wrlock",
    c"pthread_rwlock_tryrdlock",
    c"pthread_rwlock_trywrlock",
    c"pthread_rwlock_unlock",
    c"pthread_cond_signal",
    c"pthread_cond_broadcast",
    c"pthread_mutex_timedlock",
];

/// Functions of `absl::Mutex` and `absl::CondVar` to overwrite, under their older and newer names.
/// `true`: returns `true`; `false`: returns nothing.
const ABSL: [(&CStr, bool); 14] = [
    (c"_ZN4absl5Mutex4LockEv", false),
    (c"_ZN4absl5Mutex4lockEv", false),
    (c"_ZN4absl5Mutex6UnlockEv", false),
    (c"_ZN4absl5Mutex6unlockEv", false),
    (c"_ZN4absl5Mutex7TryLockEv", true),
    (c"_ZN4absl5Mutex8try_lockEv", true),
    (c"_ZN4absl5Mutex10ReaderLockEv", false),
    (c"_ZN4absl5Mutex11lock_sharedEv", false),
    (c"_ZN4absl5Mutex12ReaderUnlockEv", false),
    (c"_ZN4absl5Mutex13unlock_sharedEv", false),
    (c"_ZN4absl5Mutex13ReaderTryLockEv", true),
    (c"_ZN4absl5Mutex15try_lock_sharedEv", true),
    (c"_ZN4absl7CondVar6SignalEv", false),
    (c"_ZN4absl7CondVar9SignalAllEv", false),
];

/// The function behind all waits of `absl::CondVar`, with and without a timeout.
const ABSL_WAIT: &CStr =
    c"_ZN4absl7CondVar10WaitCommonEPNS_5MutexENS_24synchronization_internal13KernelTimeoutE";

/// A function of V8. The object file that contains it is the one whose calls are redirected.
const V8: &CStr = c"_ZN2v87Isolate10GetCurrentEv";

#[cfg(target_arch = "x86_64")]
mod machine {
    /// Types of relocations that store the address of a function: `R_X86_64_64`,
    /// `R_X86_64_GLOB_DAT`, `R_X86_64_JUMP_SLOT`.
    pub(super) const SLOTS: [u32; 3] = [1, 6, 7];
    /// `mov eax, 0; ret`
    pub(super) const RETURN_0: &[u8] = &[0xb8, 0, 0, 0, 0, 0xc3];
    /// `mov eax, 1; ret`
    pub(super) const RETURN_1: &[u8] = &[0xb8, 1, 0, 0, 0, 0xc3];

    /// `movabs rax, target; jmp rax`
    pub(super) fn jump(target: u64) -> Vec<u8> {
        [&[0x48, 0xb8][..], &target.to_ne_bytes(), &[0xff, 0xe0]].concat()
    }

    /// Does nothing: this processor sees code that was written as data.
    pub(super) fn synchronise_code(_code: &[u8]) {}
}

#[cfg(target_arch = "aarch64")]
mod machine {
    /// Types of relocations that store the address of a function: `R_AARCH64_ABS64`,
    /// `R_AARCH64_GLOB_DAT`, `R_AARCH64_JUMP_SLOT`.
    pub(super) const SLOTS: [u32; 3] = [257, 1025, 1026];
    /// `mov w0, #0; ret`
    pub(super) const RETURN_0: &[u8] = &[0x00, 0x00, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6];
    /// `mov w0, #1; ret`
    pub(super) const RETURN_1: &[u8] = &[0x20, 0x00, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6];

    /// `ldr x16, #8; br x16`, and the address that it loads
    pub(super) fn jump(target: u64) -> Vec<u8> {
        [&[0x50, 0x00, 0x00, 0x58, 0x00, 0x02, 0x1f, 0xd6][..], &target.to_ne_bytes()].concat()
    }

    /// Makes the processor execute `code`, which was written as data. Data and instructions have
    /// separate caches (Arm ARM, B2.7.4.2 "Synchronization and coherency issues between data and
    /// instruction accesses"). A cache line has at least 4 bytes, so each instruction is maintained
    /// on its own, and no line is missed.
    pub(super) fn synchronise_code(code: &[u8]) {
        use std::arch::asm;

        for instruction in code.chunks(4) {
            // SAFETY: cleans the data cache line of a readable address.
            unsafe { asm!("dc cvau, {}", in(reg) instruction.as_ptr(), options(nostack)) };
        }
        // SAFETY: a barrier.
        unsafe { asm!("dsb ish", options(nostack)) };
        for instruction in code.chunks(4) {
            // SAFETY: invalidates the instruction cache line of a readable address.
            unsafe { asm!("ic ivau, {}", in(reg) instruction.as_ptr(), options(nostack)) };
        }
        // SAFETY: barriers.
        unsafe { asm!("dsb ish", "isb", options(nostack)) };
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod machine {
    pub(super) const SLOTS: [u32; 0] = [];
    pub(super) const RETURN_0: &[u8] = &[];
    pub(super) const RETURN_1: &[u8] = &[];

    pub(super) fn jump(_target: u64) -> Vec<u8> {
        Vec::new()
    }

    pub(super) fn synchronise_code(_code: &[u8]) {}
}

/// Returns why the step is not possible in this process.
pub(super) fn obstacle() -> Option<&'static str> {
    if machine::SLOTS.is_empty() {
        return Some("forked dumps are not implemented for this processor");
    }
    symbols::find(V8).is_none().then_some("this host does not export V8's functions")
}

/// Disables the locks that V8 uses, for the rest of the life of the process. A wait for another
/// thread without a timeout sends a report through `status` and ends the process. In the child
/// only.
///
/// # Safety
///
/// The process must have one thread.
pub(super) unsafe fn neutralise(status: &Sender) {
    STATUS.store(status.descriptor(), Ordering::Relaxed);
    if let Some(v8) = symbols::find(V8) {
        let mut search = Search { address: v8.as_ptr() as u64, object: None };
        // SAFETY: `visit` gets a pointer to `search`, which outlives the call.
        unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut search).cast()) };
        if let Some(object) = search.object {
            // SAFETY: the object file is loaded, and no other thread calls it (contract).
            unsafe { object.redirect_locks() };
        }
    }
    for (name, answer) in ABSL {
        if let Some(function) = symbols::find(name) {
            let code = if answer { machine::RETURN_1 } else { machine::RETURN_0 };
            // SAFETY: the function is longer than `code`, and no thread executes it (contract).
            unsafe { overwrite(function.as_ptr() as usize, code, libc::PROT_EXEC) };
        }
    }
    if let Some(function) = symbols::find(ABSL_WAIT) {
        let code = machine::jump(absl_wait as *const () as u64);
        // SAFETY: as above. The signature of `absl_wait` is that of the function.
        unsafe { overwrite(function.as_ptr() as usize, &code, libc::PROT_EXEC) };
    }
}

/// A loaded object file.
struct Object {
    /// The address that the loader adds to addresses in the file.
    base: u64,
    /// The address of its dynamic section.
    dynamic: u64,
}

/// The search for the object file that contains `address`.
struct Search {
    address: u64,
    object: Option<Object>,
}

unsafe extern "C" fn visit(
    info: *mut libc::dl_phdr_info,
    _size: usize,
    search: *mut c_void,
) -> c_int {
    // SAFETY: the loader passes a description of an object file that is valid during this call.
    let info = unsafe { &*info };
    // SAFETY: the pointer that `neutralise` passed.
    let search = unsafe { &mut *search.cast::<Search>() };
    // SAFETY: the loader passes the number of program headers.
    let headers =
        unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
    let base = info.dlpi_addr;
    let holds = headers.iter().any(|header| {
        let start = base + header.p_vaddr;
        header.p_type == libc::PT_LOAD && (start..start + header.p_memsz).contains(&search.address)
    });
    if holds {
        let dynamic = headers.iter().find(|header| header.p_type == libc::PT_DYNAMIC);
        search.object = dynamic.map(|header| Object { base, dynamic: base + header.p_vaddr });
    }
    c_int::from(holds)
}

/// `Elf64_Dyn`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Dynamic {
    tag: i64,
    value: u64,
}

/// `Elf64_Rela`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Relocation {
    offset: u64,
    info: u64,
    addend: i64,
}

/// The tags of `Elf64_Dyn` used here.
mod tag {
    pub(super) const PLTRELSZ: i64 = 2;
    pub(super) const STRTAB: i64 = 5;
    pub(super) const SYMTAB: i64 = 6;
    pub(super) const RELA: i64 = 7;
    pub(super) const RELASZ: i64 = 8;
    pub(super) const JMPREL: i64 = 23;
}

impl Object {
    /// Returns the value of a tag of the dynamic section.
    fn value(&self, wanted: i64) -> Option<u64> {
        let mut entry = self.dynamic as *const Dynamic;
        loop {
            // SAFETY: the dynamic section of a loaded object file ends with tag 0.
            let Dynamic { tag, value } = unsafe { *entry };
            if tag == 0 {
                return None;
            }
            if tag == wanted {
                return Some(value);
            }
            // SAFETY: this was not the last entry.
            entry = unsafe { entry.add(1) };
        }
    }

    /// Returns the address of a table. glibc has added the base to it when it loaded the file, and
    /// musl has not.
    fn table(&self, wanted: i64) -> Option<u64> {
        let value = self.value(wanted)?;
        Some(if value < self.base { self.base + value } else { value })
    }

    /// Redirects this object file's calls to the functions that [`replacement`] replaces.
    ///
    /// # Safety
    ///
    /// No other thread may call through the entries.
    unsafe fn redirect_locks(&self) {
        let (Some(symbols), Some(strings)) = (self.table(tag::SYMTAB), self.table(tag::STRTAB))
        else {
            return;
        };
        for (table, size) in [(tag::JMPREL, tag::PLTRELSZ), (tag::RELA, tag::RELASZ)] {
            let (Some(table), Some(size)) = (self.table(table), self.value(size)) else { continue };
            let count = usize::try_from(size).unwrap_or(0) / size_of::<Relocation>();
            // SAFETY: the loader has used this table of this size.
            let relocations =
                unsafe { std::slice::from_raw_parts(table as *const Relocation, count) };
            for relocation in relocations {
                // `Elf64_Rela.r_info`: the symbol in the upper half, the type in the lower half.
                let [kind, symbol] = [relocation.info & 0xffff_ffff, relocation.info >> 32];
                let is_slot = machine::SLOTS.iter().any(|&slot| u64::from(slot) == kind);
                if symbol == 0 || !is_slot {
                    continue;
                }
                let symbol = symbols + symbol * size_of::<libc::Elf64_Sym>() as u64;
                // SAFETY: a relocation has a valid index of the symbol table.
                let symbol = unsafe { &*(symbol as *const libc::Elf64_Sym) };
                let name = (strings + u64::from(symbol.st_name)) as *const c_char;
                // SAFETY: a symbol has a valid offset in the table of NUL-terminated names.
                let name = unsafe { CStr::from_ptr(name) };
                if let Some(target) = replacement(name) {
                    let slot = usize::try_from(self.base + relocation.offset).unwrap_or(0);
                    let target = target.to_ne_bytes();
                    // SAFETY: the slot holds the address of a function, and no other thread reads
                    // it (contract).
                    unsafe { overwrite(slot, &target, 0) };
                }
            }
        }
    }
}

/// Returns the address of the function to call in the child instead of `name`.
fn replacement(name: &CStr) -> Option<usize> {
    if PTHREAD.contains(&name) {
        return Some(succeed as *const () as usize);
    }
    match name.to_bytes() {
        b"pthread_cond_wait" => Some(end_blocked_child as *const () as usize),
        b"sem_wait" => Some(wait_for_semaphore as *const () as usize),
        _ => None,
    }
}

/// Replaces the functions in [`PTHREAD`].
extern "C" fn succeed() -> c_int {
    0
}

/// The descriptor for the report of [`end_blocked_child`].
static STATUS: AtomicI32 = AtomicI32::new(-1);

/// Replaces functions that wait for another thread. Sends a report and ends the process.
extern "C" fn end_blocked_child() -> c_int {
    let record = Report::Blocked.encode();
    // SAFETY: the buffer outlives the call.
    unsafe { libc::write(STATUS.load(Ordering::Relaxed), record.as_ptr().cast(), record.len()) };
    // SAFETY: `_exit` ends the process without running destructors or exit handlers.
    unsafe { libc::_exit(0) }
}

/// Replaces `sem_wait`. A semaphore with a positive count needs no other thread.
extern "C" fn wait_for_semaphore(semaphore: *mut libc::sem_t) -> c_int {
    // SAFETY: the caller passes a semaphore.
    if unsafe { libc::sem_trywait(semaphore) } == 0 { 0 } else { end_blocked_child() }
}

/// `rep_` of an `absl::…::KernelTimeout` without a timeout.
const NO_TIMEOUT: u64 = u64::MAX;

/// Replaces `absl::CondVar::WaitCommon`, which returns whether the wait timed out. No other thread
/// can signal, so a wait with a timeout times out at once, and one without ends the child.
extern "C" fn absl_wait(_condition: *mut c_void, _mutex: *mut c_void, timeout: u64) -> bool {
    if timeout == NO_TIMEOUT {
        end_blocked_child();
    }
    true
}

/// Overwrites memory that may be read-only. `keep`: `PROT_EXEC` for code, otherwise 0.
///
/// # Safety
///
/// The address must be in a loaded object file, and `bytes` must be valid code or data there.
unsafe fn overwrite(address: usize, bytes: &[u8], keep: c_int) {
    // SAFETY: `sysconf` returns a number.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096);
    let start = address & !(page - 1);
    let length = address + bytes.len() - start;
    // SAFETY: the pages belong to a loaded object file (contract). They become writable, and stay
    // readable, and executable if `keep` says so.
    let result = unsafe {
        libc::mprotect(start as *mut c_void, length, libc::PROT_READ | libc::PROT_WRITE | keep)
    };
    if result == 0 {
        // SAFETY: `mprotect` has succeeded, so the memory is mapped and writable.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), address as *mut u8, bytes.len());
        }
        if keep == libc::PROT_EXEC {
            // SAFETY: these bytes were written just now, and nothing changes them.
            machine::synchronise_code(unsafe {
                std::slice::from_raw_parts(address as *const u8, bytes.len())
            });
        }
    }
}
