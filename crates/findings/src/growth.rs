//! Judges a series of numbers, one for each snapshot.

use crate::finding::{Evidence, Severity};
use crate::message::{Value, list};
use crate::new_objects::Arrivals;

/// Minimum growth of a count between two of several snapshots.
const MIN_GROWTH_PER_STEP: u64 = 5;

/// Minimum growth if there are only two snapshots, which cannot show that the growth continues.
const MIN_GROWTH_OF_ONLY_STEP: u64 = 20;

/// The count and the bytes of the same objects in each snapshot, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series {
    /// The number of objects in each snapshot, oldest first.
    pub(crate) counts: Vec<u64>,
    /// The bytes of the objects in each snapshot, oldest first.
    pub(crate) bytes: Vec<u64>,
}

/// How much a heap grew over several snapshots.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Growth {
    /// Bytes of the whole heap in each snapshot, oldest first.
    pub sizes: Vec<u64>,
    /// Bytes per step of objects that are new since the first snapshot, are alive in the last one,
    /// and were added at a steady rate. 0 with one snapshot.
    pub steady_per_step: u64,
    /// The part of `steady_per_step` that findings of severity `leak` explain, in bytes per step.
    pub explained_per_step: u64,
}

impl Growth {
    /// Returns the growth of heaps with these sizes, without its parts.
    pub(crate) fn of(sizes: impl Iterator<Item = u64>) -> Self {
        Self { sizes: sizes.collect(), ..Self::default() }
    }
}

/// The course of a series.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trend {
    /// There is only one snapshot.
    Unknown,
    /// It does not grow in every step.
    Stable,
    /// It grows in every step, but the last growth is below three quarters of the first, as in a
    /// cache that fills up.
    Slowing,
    /// It grows in every step.
    Growing,
}

impl Trend {
    /// Returns the severity of a series with this trend.
    pub(crate) fn severity(self) -> Severity {
        match self {
            Self::Growing => Severity::Leak,
            Self::Slowing | Self::Unknown => Severity::Suspect,
            Self::Stable => Severity::Waste,
        }
    }
}

impl Series {
    /// Returns the series of new objects, which the first snapshot lacks. The bytes are in
    /// proportion to the counts; `retained` are those of the last snapshot.
    pub(crate) fn of_arrivals(arrivals: &Arrivals, retained: u64) -> Self {
        let mut series = Self { counts: vec![0], bytes: Vec::new() };
        let mut sum = 0;
        for &count in &arrivals.counts {
            sum += count;
            series.counts.push(sum);
        }
        series.bytes = series.counts.iter().map(|&count| retained / sum.max(1) * count).collect();
        series
    }

    /// Returns the trend of the counts. `Stable` if a step adds less than the minimum.
    pub(crate) fn trend(&self) -> Trend {
        let steps: Vec<Option<u64>> =
            self.counts.windows(2).map(|pair| pair[1].checked_sub(pair[0])).collect();
        let (Some(&Some(first)), Some(&Some(newest))) = (steps.first(), steps.last()) else {
            return if steps.is_empty() { Trend::Unknown } else { Trend::Stable };
        };
        let least = if steps.len() == 1 { MIN_GROWTH_OF_ONLY_STEP } else { MIN_GROWTH_PER_STEP };
        if steps.iter().any(|step| step.is_none_or(|step| step < least)) {
            return Trend::Stable;
        }
        if newest.saturating_mul(4) < first.saturating_mul(3) {
            Trend::Slowing
        } else {
            Trend::Growing
        }
    }

    /// Returns the trend of a capacity. Capacities grow in leaps, so it must have nearly doubled:
    /// 1.8 times, because tables have a header.
    pub(crate) fn trend_of_room(&self) -> Trend {
        let never_shrinks = self.counts.windows(2).all(|pair| pair[0] <= pair[1]);
        match (self.counts.first(), self.counts.last()) {
            (Some(&first), Some(&last))
                if self.counts.len() > 1
                    && never_shrinks
                    && first > 0
                    && last.saturating_mul(10) >= first.saturating_mul(18)
                    && last >= 256 =>
            {
                Trend::Growing
            }
            _ if self.counts.len() < 2 => Trend::Unknown,
            _ => Trend::Stable,
        }
    }

    /// Returns the numbers of a finding.
    pub(crate) fn evidence(&self) -> Evidence {
        let mean = |values: &[u64]| {
            let steps = values.len().checked_sub(1).filter(|&steps| steps > 0)?;
            let (&first, &last) = values.first().zip(values.last())?;
            #[expect(clippy::cast_precision_loss, reason = "a mean for people")]
            Some((last as f64 - first as f64) / steps as f64)
        };
        Evidence {
            bytes: self.bytes.last().copied().unwrap_or_default(),
            count: self.counts.last().copied().unwrap_or_default(),
            growth_per_step: mean(&self.counts),
            bytes_per_step: mean(&self.bytes),
            counts: self.counts.clone(),
            explained: None,
        }
    }

    /// Returns the counts for a sentence: `45 → 85 → 125`. `None` with one snapshot.
    pub(crate) fn counts_value(&self) -> Option<Value> {
        if self.counts.len() < 2 { None } else { list(self.counts.iter().copied()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trend(counts: &[u64]) -> Trend {
        Series { counts: counts.to_vec(), bytes: Vec::new() }.trend()
    }

    #[test]
    fn growth_is_what_grows_in_every_step_and_does_not_fade() {
        assert_eq!(trend(&[45]), Trend::Unknown);
        assert_eq!(trend(&[45, 85, 125]), Trend::Growing);
        assert_eq!(trend(&[45, 85, 85]), Trend::Stable);
        assert_eq!(trend(&[45, 40, 85]), Trend::Stable);
        assert_eq!(trend(&[45, 85, 95]), Trend::Slowing);
        assert_eq!(trend(&[0, 205, 313]), Trend::Slowing);
        assert_eq!(trend(&[0, 100, 176]), Trend::Growing);
        assert_eq!(trend(&[5, 5, 5]), Trend::Stable);
        assert_eq!(trend(&[5, 12]), Trend::Stable);
        assert_eq!(trend(&[5, 50]), Trend::Growing);
    }
}
