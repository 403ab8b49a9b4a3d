//! Parses files of Linux under `/proc`. Reading them is up to the caller.

use std::io::{self, BufRead};
use std::time::Duration;

/// Returns start and length of the memory ranges of `smaps` that a forked child does not get: those
/// with `dc` among their `VmFlags`.
///
/// # Errors
///
/// If reading fails.
pub fn ranges_without_fork(mut smaps: impl BufRead) -> io::Result<Vec<(usize, usize)>> {
    let mut ranges = Vec::new();
    let mut current = None;
    let mut line = String::new();
    loop {
        line.clear();
        if smaps.read_line(&mut line)? == 0 {
            return Ok(ranges);
        }
        if let Some(flags) = line.strip_prefix("VmFlags:") {
            if flags.split_ascii_whitespace().any(|flag| flag == "dc") {
                ranges.extend(current.take());
            }
        } else if let Some(range) = range(&line) {
            current = Some(range);
        }
    }
}

/// Reads `7f00-8000 rw-p …` as start and length. Other lines begin with a name and a colon.
fn range(line: &str) -> Option<(usize, usize)> {
    let (start, rest) = line.split_once('-')?;
    let (end, _) = rest.split_once(' ')?;
    let start = usize::from_str_radix(start, 16).ok()?;
    let end = usize::from_str_radix(end, 16).ok()?;
    Some((start, end.checked_sub(start)?))
}

/// Returns a field of `statm`, in pages.
#[must_use]
pub fn statm_pages(statm: &str, field: usize) -> Option<usize> {
    statm.split_ascii_whitespace().nth(field)?.parse().ok()
}

/// Returns how often the kernel has killed a process for lack of memory, from `vmstat`.
#[must_use]
pub fn out_of_memory_kills(vmstat: &str) -> Option<u64> {
    let count = vmstat.lines().find_map(|line| line.strip_prefix("oom_kill "))?;
    count.trim().parse().ok()
}

/// Returns the fields of `stat` from the state on. The name before them, in parentheses, may contain
/// anything.
fn fields_after_name(stat: &str) -> impl Iterator<Item = &str> {
    stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_ascii_whitespace()
}

/// Returns whether a process is running or waits for a processor, from its `stat`.
#[must_use]
pub fn is_runnable(stat: &str) -> bool {
    fields_after_name(stat).next() == Some("R")
}

/// Returns user and system time of a process in clock ticks, from its `stat`.
#[must_use]
pub fn processor_time_ticks(stat: &str) -> Option<u64> {
    let mut fields = fields_after_name(stat).skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    user.checked_add(system)
}

/// Returns how long a thread has been ready to run without running, from its `schedstat`: "time on
/// a processor, time without, number of time slices", in nanoseconds.
#[must_use]
pub fn time_without_processor(schedstat: &str) -> Option<Duration> {
    schedstat.split_ascii_whitespace().nth(1)?.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_with_the_flag() {
        let smaps = "\
7f0000001000-7f0000003000 rw-p 00000000 00:00 0 \n\
Size:                  8 kB\n\
VmFlags: rd wr mr mw me dc ac \n\
7f0000003000-7f0000004000 r-xp 00000000 08:01 12 /usr/lib/dc-a: b.so\n\
Rss:                   4 kB\n\
VmFlags: rd ex mr mw me \n\
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n\
VmFlags: ex dc\n";
        let expected = vec![(0x7f00_0000_1000, 0x2000), (0xffff_ffff_ff60_0000, 0x1000)];
        assert_eq!(ranges_without_fork(smaps.as_bytes()).unwrap(), expected);
        assert_eq!(ranges_without_fork(&b""[..]).unwrap(), []);
        // The flags of a range whose first line was not understood.
        assert_eq!(ranges_without_fork(&b"2000-1000 rw-p\nVmFlags: dc\n"[..]).unwrap(), []);
    }

    #[test]
    fn fields_are_found_by_position() {
        let statm = "302543 21075 11842 8 0 57000 0\n";
        assert_eq!((statm_pages(statm, 0), statm_pages(statm, 1)), (Some(302_543), Some(21_075)));
        assert_eq!((statm_pages(statm, 9), statm_pages("x", 0)), (None, None));
        assert_eq!(time_without_processor("12 3000000 4\n"), Some(Duration::from_millis(3)));
        for text in ["", "12", "12 x 4"] {
            assert_eq!(time_without_processor(text), None);
        }
    }

    #[test]
    fn the_name_of_a_process_may_contain_anything() {
        let fields = "S 1 2 3 4 5 6 7 8 9 10 40 2 0 0 20 0";
        for name in ["node", "a b", "a) S 9 9 9", "(("] {
            assert_eq!(
                processor_time_ticks(&format!("77 ({name}) {fields}\n")),
                Some(42),
                "{name}"
            );
        }
        for stat in ["", "77 node", "77 (node) S 1 2"] {
            assert_eq!(processor_time_ticks(stat), None, "{stat}");
        }
    }

    #[test]
    fn a_process_is_runnable_by_its_state_and_not_by_its_name() {
        assert!(is_runnable("7 (node) R 1 7 7 0\n"));
        assert!(!is_runnable("7 (a) R b) T 1 7 7 0\n"));
        assert!(!is_runnable(""));
    }

    #[test]
    fn kills_are_those_of_the_line_with_that_very_name() {
        let vmstat = "oom_kill_disable 5\nallocstall_dma 0\noom_kill 3\n";
        assert_eq!(out_of_memory_kills(vmstat), Some(3));
        assert_eq!(out_of_memory_kills("oom_killer 3\n"), None);
        assert_eq!(out_of_memory_kills("oom_kill many\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn files_of_this_machine_can_be_read() {
        let read = |path: &str| std::fs::read_to_string(path).unwrap();
        assert!(statm_pages(&read("/proc/self/statm"), 1).unwrap() > 0);
        assert!(processor_time_ticks(&read("/proc/self/stat")).is_some());
        let smaps = std::fs::File::open("/proc/self/smaps").unwrap();
        ranges_without_fork(io::BufReader::new(smaps)).unwrap();
    }
}
