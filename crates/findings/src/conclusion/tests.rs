//! Checks which conclusion follows from which numbers.

use super::*;
use crate::internals;
use crate::place::Place;
use crate::retaining_path::RetainingPath;

const MB: u64 = 1_000_000;

fn owner(name: &str, internals: Option<Message>, bytes: u64) -> Message {
    let place = Place { file: "app.js".to_owned(), line: 1, column: 7 };
    let mut path = RetainingPath::default();
    (path.place, path.internals) = (Some(place), internals);
    owners::Gains { retainer: arg(path.retainer(name)), bytes: arg(bytes) }.into()
}

fn sizes(heap: u64, buffers: u64) -> Sizes {
    Sizes { heap, buffers, ..Sizes::default() }
}

fn conclusion(growth: &Growth, outside: (u64, u64), rss: Option<(u64, u64)>) -> String {
    let first = sizes(growth.sizes[0], outside.0);
    let last = sizes(growth.sizes[growth.sizes.len() - 1], outside.1);
    Facts { first, last, growth, findings: &[], owners: &[], rss }.conclude().to_string()
}

fn growth(sizes: &[u64], steady_per_step: u64, explained_per_step: u64) -> Growth {
    Growth { sizes: sizes.to_vec(), steady_per_step, explained_per_step }
}

#[test]
fn a_heap_that_grows_says_what_explains_it() {
    let sizes = [10 * MB, 12 * MB, 14 * MB];
    let all = conclusion(&growth(&sizes, 2 * MB, 2 * MB), (0, 0), None);
    assert_eq!(
        all,
        "The heap grew from 10.0 MB to 14.0 MB in 2 steps: 2.0 MB of new objects were added and retained in each step. The leaks below explain all of it."
    );
    let most = conclusion(&growth(&sizes, 2 * MB, 3 * MB / 2), (0, 0), None);
    assert!(most.ends_with("The leaks below explain 1.5 MB of it."), "{most}");
    let little = conclusion(&growth(&sizes, 2 * MB, MB / 2), (0, 0), None);
    assert!(
        little.contains("explain only 500 kB of it. Growth by kind: compiled code"),
        "{little}"
    );
    let facts = Facts {
        first: Sizes::default(),
        last: Sizes::default(),
        growth: &growth(&sizes, 2 * MB, 0),
        findings: &[],
        owners: &[
            owner("a", None, MB),
            owner("b", Some(internals::of_script("node:timers")), 20_000),
        ],
        rss: None,
    };
    let owners = facts.conclude().to_string();
    assert!(owners.ends_with("No leak below explains it. New objects are held by: `a` (app.js:1:7), 1.0 MB per step; `b` in Node's timers, 20.0 kB per step."), "{owners}");
    let nothing = conclusion(&growth(&sizes, 2 * MB, 0), (0, 0), Some((MB, 30 * MB)));
    assert!(nothing.contains("No leak below explains it."), "{nothing}");
    assert!(nothing.ends_with("RSS of the process grew from 1.0 MB to 30.0 MB."), "{nothing}");
}

#[test]
fn two_snapshots_do_not_show_that_it_goes_on() {
    let two = conclusion(&growth(&[10 * MB, 12 * MB], 2 * MB, 2 * MB), (0, 0), None);
    assert!(two.contains("in one step: 2.0 MB of new objects were retained."), "{two}");
    assert!(two.ends_with("take a third after the same work."), "{two}");
}

#[test]
fn a_flat_heap_points_outside_of_it() {
    let flat = growth(&[10 * MB, 10 * MB, 10 * MB], 0, 0);
    let quiet = conclusion(&flat, (MB, MB), None);
    assert!(quiet.starts_with("The JavaScript heap is flat: 10.0 MB in the first"), "{quiet}");
    assert!(quiet.contains("1.0 MB and then 1.0 MB of ArrayBuffers"), "{quiet}");
    assert!(quiet.contains("If RSS still grows"), "{quiet}");
    assert!(quiet.contains("if only `rss` grows"), "{quiet}");
    let buffers = conclusion(&flat, (MB, 20 * MB), None);
    assert!(
        buffers.ends_with("Look for Buffers that are never released, or that become larger."),
        "{buffers}"
    );
    let native = conclusion(&flat, (MB, MB), Some((50 * MB, 90 * MB)));
    assert!(
        native.contains("RSS of the process grew from 50.0 MB to 90.0 MB. The growth is outside"),
        "{native}"
    );
    let healthy = conclusion(&flat, (MB, MB), Some((50 * MB, 50 * MB)));
    assert!(healthy.ends_with("RSS of the process changed from 50.0 MB to 50.0 MB."), "{healthy}");
}

#[test]
fn growth_that_fades_is_told_apart_from_a_flat_heap() {
    let fading = conclusion(&growth(&[10 * MB, 12 * MB, 12 * MB], 0, 0), (0, 0), None);
    assert!(
        fading.starts_with("The heap grew from 10.0 MB to 12.0 MB, but the growth is not steady"),
        "{fading}"
    );
    assert!(fading.contains("three snapshots after the warm-up"), "{fading}");
    // One part in ten thousand of the heap is noise; so is more if the heap is no larger.
    let noise = conclusion(&growth(&[100 * MB, 100 * MB, 99 * MB], 90_000, 0), (0, 0), None);
    assert!(noise.starts_with("The JavaScript heap is flat"), "{noise}");
    let leak = conclusion(&growth(&[100 * MB, 100 * MB, 99 * MB], 90_000, 90_000), (0, 0), None);
    assert!(leak.starts_with("The heap changed from 100 MB to 99.0 MB in 2 steps"), "{leak}");
    let noise = conclusion(&growth(&[100 * MB, 100 * MB, 100 * MB], 9_000, 0), (0, 0), None);
    assert!(noise.starts_with("The JavaScript heap is flat"), "{noise}");
}
