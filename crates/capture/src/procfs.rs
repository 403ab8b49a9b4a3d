//! Parses files of Linux under `/proc`. Reading them is up to the caller.

use std::time::Duration;

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

/// Returns the fields of `stat` from the state on. The name before them, in parentheses, may
/// contain anything.
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
    }
}
