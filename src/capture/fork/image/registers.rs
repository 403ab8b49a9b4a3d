//! Saves the registers of the processor, so that the restored process can continue from here.

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
    // The restored process starts here. The restorer has set rsp, the FS base and the control
    // words.
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

/// The registers with which the restored process continues, and the function that writes the image.
#[repr(C)]
pub(super) struct Checkpoint<S> {
    /// The first field, because the assembly takes the address of the `Checkpoint` as that of the
    /// registers.
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

    /// Saves the registers and calls the writer. Returns `false` after that, and `true` in the
    /// restored process.
    ///
    /// # Safety
    ///
    /// In the restored process, all memory is as it was when the writer ran. The caller must not
    /// rely on later changes. The writer must not unwind.
    pub(super) unsafe fn take(&mut self) -> bool {
        // SAFETY: `call` gets the address of this value, whose first field has the registers. The
        // assembly follows the calling convention: it saves the callee-saved registers on the
        // stack, which is part of the image.
        unsafe { heapdump_checkpoint((&raw mut *self).cast(), call::<S>) == 1 }
    }
}

unsafe extern "C" fn call<S>(checkpoint: *mut Registers) {
    // SAFETY: the pointer that `take` passed, which borrows the value exclusively.
    let checkpoint = unsafe { &mut *checkpoint.cast::<Checkpoint<S>>() };
    (checkpoint.write)(&mut checkpoint.state, checkpoint.registers);
}
