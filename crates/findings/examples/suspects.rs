//! Prints what leaks in snapshots of one process, as a line of JSON for each finding: the
//! whole analysis, for measuring it from outside (`/usr/bin/time -v`).
//!
//! `cargo run --release -p findings --example suspects -- FILE [FILE...]`, oldest first

use std::io::Write;
use std::process::ExitCode;

use findings::{Finding, Options, suspects};
use heapsnapshot::{Analysis, AnalysisOptions, Graph, ReadOptions};
use serde_json::json;

fn line(finding: &Finding) -> serde_json::Value {
    let Finding { evidence, culprit, .. } = finding;
    json!({
        "kind": finding.kind.word(),
        "severity": finding.severity.word(),
        "title": finding.title.to_string(),
        "sentence": finding.sentence.to_string(),
        "fix": finding.fix.to_string(),
        "signature": finding.signature,
        "evidence": {
            "bytes": evidence.bytes,
            "counts": evidence.counts,
            "explained": evidence.explained.map(|part| (part.bytes_per_step, part.of_bytes_per_step)),
        },
        "culprit": {
            "variable": culprit.variable,
            "property": culprit.property,
            "constructor": culprit.constructor,
            "function": culprit.function,
            "location": culprit.location.as_ref().map(ToString::to_string),
        },
        "path": finding.path.iter().map(|step| json!([step.edge, step.what])).collect::<Vec<_>>(),
    })
}

fn run(paths: &[String], out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let mut snapshots = Vec::new();
    for path in paths {
        let graph = Graph::from_file(path, &ReadOptions::default())?;
        snapshots.push(Analysis::new(graph, &AnalysisOptions::default())?);
    }
    let start = std::time::Instant::now();
    let snapshots: Vec<&Analysis> = snapshots.iter().collect();
    let options = Options { directory: std::env::current_dir().ok(), ..Options::default() };
    let report = suspects(&snapshots, &options)?;
    for finding in &report.findings {
        writeln!(out, "{}", line(finding))?;
    }
    eprintln!("{}\n{:?}; {:.0?}", report.conclusion, report.growth, start.elapsed());
    Ok(())
}

fn main() -> ExitCode {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    match run(&paths, &mut std::io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
