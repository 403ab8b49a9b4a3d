//! Prints the Summary and the Statistics of a snapshot: the whole analysis,
//! for measuring it from outside (`/usr/bin/time -v`).
//!
//! `cargo run --release --example summary -- FILE [ROWS]`

use std::io::Write;
use std::process::ExitCode;

use heapsnapshot::{Analysis, AnalysisOptions, Graph, ReadOptions, SummaryOptions, Window};

fn run(path: &str, rows: usize, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let start = std::time::Instant::now();
    let graph = Graph::from_file(path, &ReadOptions::default())?;
    let read = start.elapsed();
    let (nodes, edges) = (graph.node_count(), graph.edge_count());
    let analysis = Analysis::new(graph, &AnalysisOptions::default())?;
    let analysed = start.elapsed();
    let options = SummaryOptions { window: Window::first(rows), ..SummaryOptions::default() };
    let summary = analysis.summary(&options)?;
    let statistics = analysis.statistics();
    writeln!(
        out,
        "{:>14} {:>14} {:>10} {:>9}  constructor",
        "retained", "shallow", "count", "distance"
    )?;
    for row in &summary.rows {
        writeln!(
            out,
            "{:>14} {:>14} {:>10} {:>9}  {}",
            row.retained_size,
            row.shallow_size,
            row.count,
            row.distance.raw(),
            row.constructor
        )?;
    }
    writeln!(out, "{} classes, {} bytes in total", summary.row_count, summary.total_size)?;
    writeln!(out, "{statistics:?}")?;
    eprintln!(
        "{nodes} nodes, {edges} edges; read {read:.0?}, passes {:.0?}, reports {:.0?}; {} MB held",
        analysed.saturating_sub(read),
        start.elapsed().saturating_sub(analysed),
        analysis.heap_bytes() / 1_000_000
    );
    // Freeing gigabytes page by page is of no use to a process about to end.
    std::mem::forget(analysis);
    Ok(())
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let Some(path) = args.next() else {
        eprintln!("usage: summary FILE [ROWS]");
        return ExitCode::from(2);
    };
    let rows = args.next().and_then(|rows| rows.parse().ok()).unwrap_or(20);
    match run(&path, rows, &mut std::io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}
