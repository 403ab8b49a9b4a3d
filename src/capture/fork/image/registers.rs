//! Saves what the processor holds, so that another process can go on from here.

use image::Registers;

std::arch::global_asm!(
    // fn(registers: *mut Registers, write: extern "C" fn(*mut Registers)) -> u64
    ".pushsection .text.heapdump_checkpoint,\"ax\",@progbits",
    ".globl heapdump_checkpoint",
    ".hidden heapdump_checkpoint",
    ".type heapdump_checkpoint,@function",
    "heapdump_checkpoint:",
    "push rbp",
    "push rbx",
    "push r12",
    "push r13",
    "push r14",
    "push r15",
    "sub rsp, 8",
    "mov [rdi], rsp",
    "lea rax, [rip + 2f]",
    "mov [rdi + 8], rax",
    "mov rax, fs:0",
    "mov [rdi + 16], rax",
    "stmxcsr [rdi + 24]",
    "mov dword ptr [rdi + 28], 0",
    "fnstcw [rdi + 28]",
    "call rsi",
    "xor eax, eax",
    "jmp 3f",
    // The restored process begins here. The restorer has set rsp, the FS base, the control words.
    "2:",
    "mov eax, 1",
    "3:",
    "add rsp, 8",
    "pop r15",
    "pop r14",
    "pop r13",
    "pop r12",
    "pop rbx",
    "pop rbp",
    "ret",
    ".size heapdump_checkpoint, . - heapdump_checkpoint",
    ".popsection",
);

unsafe extern "C" {
    fn heapdump_checkpoint(
        registers: *mut Registers,
        write: unsafe extern "C" fn(*mut Registers),
    ) -> u64;
}

/// A point from which another process can go on, and what writes the memory there.
#[repr(C)]
pub(super) struct Checkpoint<S> {
    /// First: the assembly gets the address of the whole.
    registers: Registers,
    state: S,
    write: fn(&mut S, Registers),
}

impl<S> Checkpoint<S> {
    pub(super) fn new(state: S, write: fn(&mut S, Registers)) -> Self {
        Self { registers: Registers::default(), state, write }
    }

    pub(super) fn into_state(self) -> S {
        self.state
    }

    /// Calls the writer. Returns `false` when that is done, and `true` in a process that has the
    /// memory that the writer saw.
    ///
    /// # Safety
    ///
    /// The caller must not return into a frame whose memory the writer did not see as it is now.
    /// The writer must not unwind.
    pub(super) unsafe fn take(&mut self) -> bool {
        // SAFETY: `call` gets the address of this value, whose first field are the registers. The
        // assembly keeps to the calling convention: registers of the caller are on its stack,
        // which is part of the memory.
        unsafe { heapdump_checkpoint((&raw mut *self).cast(), call::<S>) == 1 }
    }
}

unsafe extern "C" fn call<S>(checkpoint: *mut Registers) {
    // SAFETY: what `take` gave, borrowed exclusively there.
    let checkpoint = unsafe { &mut *checkpoint.cast::<Checkpoint<S>>() };
    (checkpoint.write)(&mut checkpoint.state, checkpoint.registers);
}
