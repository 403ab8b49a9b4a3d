//! Developments of classes and owners, against a reference implementation.
#![allow(
    clippy::unwrap_used,
    clippy::too_many_lines,
    dead_code,
    reason = "helpers of tests fail by panicking, and other tests use the rest of the support"
)]

mod support;

use std::collections::{BTreeMap, HashSet};

use heapsnapshot::{
    Analysis, AnalysisOptions, Control, ErrorKind, Graph, NodeId, NodeIx, TrendOptions, TrendPoint,
    TrendSort, Verdict, Window, trends,
};
use support::builder::SnapshotBuilder;
use support::random::{self, Random};

fn analyse(builder: &SnapshotBuilder) -> Analysis {
    let graph = Graph::from_bytes(builder.json().as_bytes()).unwrap();
    Analysis::new(graph, &AnalysisOptions { threads: 1, ..AnalysisOptions::default() }).unwrap()
}

/// One graph at several times: some objects are others by then, some have
/// another size, and their order is another one.
fn series(seed: u64, count: u64) -> Vec<Analysis> {
    let builder = random::snapshot(seed);
    let mut random = Random::new(seed + 77);
    let mut now = builder;
    (0..count)
        .map(|at| {
            for (number, node) in now.nodes.iter_mut().enumerate().skip(1) {
                if random.one_in(4) {
                    node.id = ((at + 1) << 20) + number as u64 * 2 + 1;
                }
                if random.one_in(9) {
                    node.size = random.below(40) as u64 * 8;
                }
            }
            analyse(&now)
        })
        .collect()
}

fn ids(analysis: &Analysis) -> HashSet<NodeId> {
    analysis.graph().nodes().map(|node| analysis.graph().id(node)).collect()
}

/// Rows by a key of the group, as the definitions say.
fn naive<K: Ord>(
    snapshots: &[Analysis],
    group: impl Fn(&Analysis, NodeIx) -> Option<K>,
) -> BTreeMap<K, Vec<TrendPoint>> {
    let known: Vec<_> = snapshots.iter().map(ids).collect();
    let mut rows = BTreeMap::new();
    for (at, snapshot) in snapshots.iter().enumerate() {
        for node in snapshot.graph().nodes() {
            let Some(key) = group(snapshot, node) else { continue };
            let size = snapshot.shallow_size(node);
            let is_topmost = snapshot
                .dominator_chain(node)
                .iter()
                .skip(1)
                .all(|&above| group(snapshot, above).as_ref() != Some(&key));
            let points =
                rows.entry(key).or_insert_with(|| vec![TrendPoint::default(); snapshots.len()]);
            if is_topmost {
                points[at].retained_size += snapshot.retained_size(node);
            }
            if size == 0 {
                continue;
            }
            let id = snapshot.graph().id(node);
            let add = |cohort: &mut heapsnapshot::Cohort| {
                cohort.count += 1;
                cohort.shallow_size += size;
            };
            add(&mut points[at].all);
            if known[0].contains(&id) {
                add(&mut points[at].survivors);
            }
            if at + 1 == snapshots.len() {
                let birth = known.iter().position(|ids| ids.contains(&id)).unwrap();
                add(&mut points[birth].stayed);
            }
        }
    }
    rows
}

#[test]
fn owners_agree_with_their_reference_on_random_graphs() {
    for seed in 0..random::cases(200) {
        let snapshots = series(seed, 3 + seed % 3);
        let sets: Vec<_> = snapshots.iter().map(ids).collect();
        let is_lasting = |snapshot: &Analysis, node: NodeIx| {
            node == snapshot.graph().root()
                || sets.iter().all(|ids| ids.contains(&snapshot.graph().id(node)))
        };
        let expected = naive(&snapshots, |snapshot, node| {
            if is_lasting(snapshot, node) || snapshot.retained_size(node) == 0 {
                return None;
            }
            let chain = snapshot.dominator_chain(node);
            let owner = chain.into_iter().find(|&above| is_lasting(snapshot, above)).unwrap();
            Some(snapshot.graph().id(owner))
        });
        let all: Vec<_> = snapshots.iter().collect();
        let last = all[all.len() - 1];
        let found = trends(&all, &TrendOptions::default()).unwrap().owners;
        assert_eq!(found.row_count, found.rows.len());
        for row in &found.rows {
            let alive = row.points.last().unwrap().retained_size > 0;
            assert_eq!(row.of.example.is_some(), alive, "seed {seed}");
            let Some(example) = row.of.example else { continue };
            assert!(last.dominator_chain(example).contains(&row.of.owner), "seed {seed}");
            let is_own = |node: NodeIx| {
                ["hidden", "array", "code", "object shape"].contains(&last.graph().kind_name(node))
            };
            let owned = last.graph().nodes().filter(|&node| {
                let chain = last.dominator_chain(node);
                let is_owner = |&&above: &&NodeIx| is_lasting(last, above);
                let retains = last.retained_size(node) > 0;
                retains
                    && !is_lasting(last, node)
                    && chain.iter().find(is_owner) == Some(&row.of.owner)
            });
            let rank = |node| (is_own(node), std::cmp::Reverse(last.retained_size(node)));
            assert_eq!(owned.map(rank).min(), Some(rank(example)), "seed {seed}");
        }
        let rows: BTreeMap<_, _> =
            found.rows.into_iter().map(|row| (last.graph().id(row.of.owner), row.points)).collect();
        assert_eq!(rows, expected, "seed {seed}");
    }
}

#[test]
fn classes_agree_with_their_reference_on_random_graphs() {
    for seed in 0..random::cases(200) {
        // Objects keep their properties, so all snapshots have the same interfaces.
        let snapshots = series(seed, 4);
        let expected = naive(&snapshots, |snapshot, node| {
            let class = snapshot.class(node);
            let key = snapshot.classes().key(snapshot.graph(), class);
            (snapshot.shallow_size(node) > 0).then(|| key.to_string())
        });
        let all: Vec<_> = snapshots.iter().collect();
        let found = trends(&all, &TrendOptions::default()).unwrap().classes;
        for row in &found.rows {
            let delta = row.points[3].all.shallow_size.cast_signed()
                - row.points[0].all.shallow_size.cast_signed();
            assert_eq!(row.size_delta(), delta);
        }
        assert_eq!(found.verdict_counts.iter().sum::<usize>(), found.row_count);
        // Classes of equal keys hold each other: only one of them is counted in the reference.
        let sizes = |points: &[TrendPoint]| -> Vec<_> {
            points.iter().map(|p| (p.all, p.survivors, p.stayed)).collect()
        };
        let rows: BTreeMap<_, _> =
            found.rows.iter().map(|row| (row.of.key.to_string(), sizes(&row.points))).collect();
        let expected: BTreeMap<_, _> =
            expected.iter().map(|(key, points)| (key.clone(), sizes(points))).collect();
        assert_eq!(rows, expected, "seed {seed}");
    }
}

#[test]
fn rows_are_ordered_and_cut() {
    let rows = |snapshots: &[Analysis]| {
        let all: Vec<_> = snapshots.iter().collect();
        trends(&all, &TrendOptions::default()).unwrap().owners.row_count
    };
    let snapshots = (0..1000).map(|seed| series(seed, 3)).find(|three| rows(three) > 3).unwrap();
    let all: Vec<_> = snapshots.iter().collect();
    let ask = |options: &TrendOptions| trends(&all, options).unwrap();
    let every = ask(&TrendOptions::default());
    let order: Vec<_> =
        every.owners.rows.iter().map(|row| (row.verdict, -row.size_delta())).collect();
    assert!(order.is_sorted(), "{order:?}");
    let window = Window { offset: 1, limit: 2 };
    let few = ask(&TrendOptions { classes: window, owners: window, ..TrendOptions::default() });
    assert_eq!(few.owners.rows[..], every.owners.rows[1..3]);
    assert_eq!(few.classes.rows[..], every.classes.rows[1..3]);
    assert_eq!(few.owners.row_count, every.owners.row_count);
    let by = |sort| ask(&TrendOptions { sort, ..TrendOptions::default() }).classes.rows;
    assert!(by(TrendSort::CountDelta).is_sorted_by_key(|row| -row.count_delta()));
    assert!(by(TrendSort::RetainedDelta).is_sorted_by_key(|row| -row.retained_delta()));
    assert!(by(TrendSort::SizeDelta).is_sorted_by_key(|row| -row.size_delta()));
    assert!(by(TrendSort::Name).is_sorted_by_key(|row| row.of.constructor.clone()));
    let reversed =
        ask(&TrendOptions { sort: TrendSort::Name, reverse: true, ..TrendOptions::default() });
    assert!(reversed.classes.rows.is_sorted_by(|a, b| a.of.constructor >= b.of.constructor));
}

#[test]
fn a_verdict_takes_every_step() {
    let of = |series: &[u64]| Verdict::of(series.iter().copied());
    assert_eq!(of(&[1, 2, 3]), Verdict::Growing);
    assert_eq!(of(&[0, 1, 2]), Verdict::Growing);
    assert_eq!(of(&[10_000, 10_060, 10_110]), Verdict::Growing);
    assert_eq!(of(&[10_000, 10_050, 10_100]), Verdict::Stable);
    assert_eq!(of(&[5, 5, 5]), Verdict::Stable);
    assert_eq!(of(&[0, 0, 0]), Verdict::Stable);
    assert_eq!(of(&[3, 2, 0]), Verdict::Shrinking);
    assert_eq!(of(&[1, 5, 2]), Verdict::Noisy);
    assert_eq!(of(&[0, 100, 100]), Verdict::Noisy, "made once, and kept");
    assert_eq!(of(&[u64::MAX, 0, 1]), Verdict::Noisy);
}

#[test]
fn fewer_than_three_snapshots_have_no_trend() {
    let snapshots = series(1, 2);
    for few in [vec![], vec![&snapshots[0]], snapshots.iter().collect()] {
        let error = trends(&few, &TrendOptions::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }
}

#[test]
fn following_can_be_cancelled() {
    let snapshots = series(1, 3);
    let flag = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let options =
        TrendOptions { control: Control::new().with_cancel(flag), ..TrendOptions::default() };
    let error = trends(&snapshots.iter().collect::<Vec<_>>(), &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
}
