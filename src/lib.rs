//! The Node addon of heapdump-rs.
