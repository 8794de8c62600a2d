//! The verbs of the city hall, one a file, and the ports behind which disks, keys and clocks stand.

pub mod ports;
pub mod reconcile;
