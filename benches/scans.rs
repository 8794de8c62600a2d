//! Reading scanned notices beside others.

fn main() {}
