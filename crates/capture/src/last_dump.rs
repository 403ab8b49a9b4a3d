//! The file name and the timeout of the dump of a process that runs out of heap. The name contains
//! a time which is unknown when the name is chosen.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long the child may take: a constant time, and a time for each started gigabyte of resident
/// memory. A gigabyte takes 50 s on an idle machine.
const CHILD_TIMEOUT: Duration = Duration::from_secs(60);
const CHILD_TIMEOUT_PER_GB: Duration = Duration::from_secs(180);

/// Returns how long the child of a process with `resident` bytes may take.
#[must_use]
pub fn child_timeout(resident: usize) -> Duration {
    let gigabytes = u32::try_from(resident >> 30).unwrap_or(u32::MAX).saturating_add(1);
    CHILD_TIMEOUT.saturating_add(CHILD_TIMEOUT_PER_GB.saturating_mul(gigabytes))
}

/// A path in which `{utc}` and `{clock}` stand for the time of the dump.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use std::time::{Duration, UNIX_EPOCH};
///
/// let template = capture::TargetTemplate(Path::new("/dumps/{utc}-7.heapsnapshot"));
/// let path = template.at(UNIX_EPOCH, Duration::ZERO);
/// assert_eq!(path, Path::new("/dumps/19700101T000000Z-7.heapsnapshot"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TargetTemplate<'a>(pub &'a Path);

impl TargetTemplate<'_> {
    /// Returns the path for `time` and for `clock`, the time of `process.hrtime`.
    #[must_use]
    pub fn at(self, time: SystemTime, clock: Duration) -> PathBuf {
        let compact = utc(time).replace(['-', ':'], "");
        // The name in the format of `heapdump`: see `lib/capture/names.js`.
        let clock = format!("{}.{}", clock.as_millis(), clock.subsec_nanos() % 1_000_000);
        let target = self.0.to_string_lossy();
        target.replace("{utc}", &compact).replace("{clock}", &clock).into()
    }

    /// Formats `time` like JavaScript, with a precision of one second: `2026-01-31T12:34:56.000Z`.
    #[must_use]
    pub fn started_at(time: SystemTime) -> String {
        let utc = utc(time);
        format!("{}.000Z", utc.trim_end_matches('Z'))
    }
}

/// Formats `time` as `2026-01-31T12:34:56Z`.
fn utc(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Returns year, month and day of a day counted from 1970-01-01. Source: Howard Hinnant,
/// *chrono-Compatible Low-Level Date Algorithms*, `civil_from_days`, for non-negative days.
fn date(day: u64) -> (u64, u64, u64) {
    let days = day + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Counted from March.
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_process_may_take_longer() {
        let minutes = |bytes: usize| child_timeout(bytes).as_secs() / 60;
        assert_eq!([0, (1 << 30) - 1, 1 << 30, 4 << 30].map(minutes), [4, 4, 7, 16]);
        assert!(child_timeout(usize::MAX) > child_timeout(1 << 40));
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_769_862_896, "2026-01-31T12:34:56Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(utc(UNIX_EPOCH + Duration::from_secs(seconds)), expected);
        }
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let is_leap = |year: u64| {
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
        };
        let mut expected = (1970, 1, 1);
        for day in 0..200_000 {
            assert_eq!(date(day), expected, "day {day}");
            let (year, month, day) = expected;
            let length = match month {
                2 => 28 + u64::from(is_leap(year)),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            expected = match (day < length, month < 12) {
                (true, _) => (year, month, day + 1),
                (false, true) => (year, month + 1, 1),
                (false, false) => (year + 1, 1, 1),
            };
        }
    }

    #[test]
    fn the_time_takes_its_places_in_the_name() {
        let time = UNIX_EPOCH + Duration::from_secs(1_769_862_896);
        let clock = Duration::new(12, 345_678_901);
        let template = TargetTemplate(Path::new("/d/{utc}-{clock}.heapsnapshot"));
        let expected = Path::new("/d/20260131T123456Z-12345.678901.heapsnapshot");
        assert_eq!(template.at(time, clock), expected);
        assert_eq!(TargetTemplate::started_at(time), "2026-01-31T12:34:56.000Z");
    }
}
