//! Reads the threads of a process: names and stack pointers.

use std::fs;
use std::path::Path;

/// One thread.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Thread {
    /// The kernel's id.
    pub id: u32,
    /// The first 15 characters of its name.
    pub name: String,
    /// The stack pointer. `None` if the thread was running, or if this user may not inspect it.
    pub stack_pointer: Option<u64>,
}

/// Returns the threads of the process with the directory `process`, such as `/proc/self`, by id.
/// Leaves out threads that end meanwhile, or whose name cannot be read.
#[must_use]
pub fn read(process: &Path) -> Vec<Thread> {
    let Ok(entries) = fs::read_dir(process.join("task")) else { return Vec::new() };
    let mut threads: Vec<Thread> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let id = path.file_name()?.to_str()?.parse().ok()?;
            let name = fs::read_to_string(path.join("comm")).ok()?.trim_end().to_owned();
            let call = fs::read_to_string(path.join("syscall")).unwrap_or_default();
            Some(Thread { id, name, stack_pointer: stack_pointer(&call) })
        })
        .collect();
    threads.sort_by_key(|thread| thread.id);
    threads
}

/// Returns the stack pointer in the text of `/proc/PID/task/TID/syscall`: the last but one of its
/// fields. The text is `running` for a running thread, and `-1 SP PC` outside of system calls.
fn stack_pointer(call: &str) -> Option<u64> {
    let fields: Vec<&str> = call.split_ascii_whitespace().collect();
    let [.., stack, _instruction] = fields[..] else { return None };
    u64::from_str_radix(stack.strip_prefix("0x")?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::stack_pointer;

    #[test]
    fn the_stack_pointer_is_the_last_but_one_field() {
        let call = "281 0x9 0x7fce 0x400 0xffffffff 0x0 0x8 0x7fcedae18f90 0x7fcedaf26cae\n";
        assert_eq!(stack_pointer(call), Some(0x7fce_dae1_8f90));
        assert_eq!(stack_pointer("-1 0x7ffc 0x7fce\n"), Some(0x7ffc));
    }

    #[test]
    fn a_running_thread_has_none() {
        for text in ["running\n", "", "0x1", "1 x y", "-1 0xzz 0x1"] {
            assert_eq!(stack_pointer(text), None, "{text}");
        }
    }
}
