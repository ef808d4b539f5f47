//! Measures the image binary.
fn main() {}
