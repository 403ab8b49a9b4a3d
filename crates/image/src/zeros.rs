//! Finds pages of zeros, which an image does not contain. Allocates nothing.

const PAGE: usize = 4096;

/// Splits pages into runs of pages of zeros and runs of other pages. The `bool` is true for zeros.
pub fn zero_runs(pages: &[u8]) -> impl Iterator<Item = (bool, &[u8])> {
    let mut rest = pages.chunks(PAGE).map(is_zero).peekable();
    let mut left = pages;
    std::iter::from_fn(move || {
        let first = rest.next()?;
        let mut count = 1;
        while rest.next_if_eq(&first).is_some() {
            count += 1;
        }
        let (run, after) = left.split_at_checked(count * PAGE).unwrap_or((left, &[]));
        left = after;
        Some((first, run))
    })
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.chunks(512).all(|chunk| chunk.iter().fold(0, |all, byte| all | byte) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(pages: &[u8]) -> Vec<(bool, usize)> {
        let runs: Vec<_> = zero_runs(pages).collect();
        let joined: Vec<u8> = runs.iter().flat_map(|(_, run)| run.iter().copied()).collect();
        assert_eq!(joined, pages);
        runs.into_iter().map(|(is_zero, run)| (is_zero, run.len())).collect()
    }

    #[test]
    fn adjacent_pages_of_one_kind_are_one_run() {
        let (zero, data) = (vec![0; PAGE], vec![7; PAGE]);
        assert_eq!(runs(&[]), []);
        assert_eq!(runs(&zero), [(true, PAGE)]);
        let pages = [&zero[..], &zero, &data, &data, &zero].concat();
        assert_eq!(runs(&pages), [(true, 2 * PAGE), (false, 2 * PAGE), (true, PAGE)]);
    }

    #[test]
    fn one_byte_anywhere_makes_a_page_data() {
        for at in [0, 511, 512, PAGE - 1] {
            let mut page = vec![0; PAGE];
            page[at] = 1;
            assert_eq!(runs(&page), [(false, PAGE)], "{at}");
        }
    }

    #[test]
    fn an_incomplete_last_page_is_in_the_last_run() {
        let mut pages = vec![0; PAGE + 100];
        assert_eq!(runs(&pages), [(true, PAGE + 100)]);
        pages[PAGE] = 1;
        assert_eq!(runs(&pages), [(true, PAGE), (false, 100)]);
    }
}
