//! Samples a long list evenly.

/// Returns about `size` of `items`, evenly spread. The step is odd: objects often come in pairs,
/// such as the key and the value of an entry or the two ends of a connection, and an even step
/// would sample one kind only.
pub(crate) fn sample<T: Copy>(items: &[T], size: usize) -> impl Iterator<Item = T> + Clone + '_ {
    items.iter().copied().step_by(items.len().div_ceil(size) | 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_of_a_pair_are_seen() {
        let items: Vec<usize> = (0..1000).collect();
        let all = sample(&items, 20).count();
        let evens = sample(&items, 20).filter(|item| item % 2 == 0).count();
        assert!(all <= 20 && evens.abs_diff(all - evens) <= 1, "{evens} of {all}");
    }
}
