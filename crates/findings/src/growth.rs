//! What becomes of a number from snapshot to snapshot.

use crate::finding::{Evidence, Severity};
use crate::message::{Value, list};

/// The least that counts as growth between two of several snapshots.
const LEAST_STEP: u64 = 5;

/// The least if there are only two snapshots, which cannot show that it goes on.
const LEAST_ONLY_STEP: u64 = 20;

/// A number of things and their bytes, in each snapshot, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series {
    pub(crate) counts: Vec<u64>,
    pub(crate) bytes: Vec<u64>,
}

/// How much a heap grew over several snapshots.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Growth {
    /// Bytes of the whole heap in each snapshot, oldest first.
    pub sizes: Vec<u64>,
    /// Bytes a step of objects that are new since the first snapshot, are still alive, and
    /// came at a like rate in each step. 0 with one snapshot.
    pub steady_per_step: u64,
    /// The part of these that findings of severity `leak` explain.
    pub explained_per_step: u64,
}

impl Growth {
    pub(crate) fn of(sizes: impl Iterator<Item = u64>) -> Self {
        Self { sizes: sizes.collect(), ..Self::default() }
    }
}

/// How a series goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trend {
    /// One snapshot tells nothing.
    Unknown,
    /// It does not grow, or not in every step.
    Stable,
    /// It grows in every step, but less and less: a cache that fills up does so.
    Slowing,
    /// It grows in every step.
    Growing,
}

impl Trend {
    /// How bad a growth of this kind is.
    pub(crate) fn severity(self) -> Severity {
        match self {
            Self::Growing => Severity::Leak,
            Self::Slowing | Self::Unknown => Severity::Suspect,
            Self::Stable => Severity::Waste,
        }
    }
}

impl Series {
    pub(crate) fn trend(&self) -> Trend {
        let steps: Vec<Option<u64>> =
            self.counts.windows(2).map(|pair| pair[1].checked_sub(pair[0])).collect();
        let (Some(&Some(first)), Some(&Some(newest))) = (steps.first(), steps.last()) else {
            return if steps.is_empty() { Trend::Unknown } else { Trend::Stable };
        };
        let least = if steps.len() == 1 { LEAST_ONLY_STEP } else { LEAST_STEP };
        if steps.iter().any(|step| step.is_none_or(|step| step < least)) {
            return Trend::Stable;
        }
        if newest.saturating_mul(4) < first.saturating_mul(3) {
            Trend::Slowing
        } else {
            Trend::Growing
        }
    }

    /// The trend of room that is reserved, which grows in leaps: it must have doubled, or
    /// nearly so, since tables have a head.
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

    /// The numbers for people.
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

    /// The numbers for a sentence: `45 → 85 → 125`. Nothing with one snapshot.
    pub(crate) fn told(&self) -> Option<Value> {
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
