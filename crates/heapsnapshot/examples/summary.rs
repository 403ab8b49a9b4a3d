//! Reads a snapshot.
fn main() {
    let t = std::time::Instant::now();
    let g = heapsnapshot::Graph::from_file(std::env::args().nth(1).unwrap(), &Default::default()).unwrap();
    eprintln!("{} {} {:?} {:.1}MB", g.node_count(), g.edge_count(), t.elapsed(), g.heap_bytes() as f64/1e6);
}
