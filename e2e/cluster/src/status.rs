//! How a cluster is.

use std::time::Duration;

/// A process of a cluster.
#[derive(Clone, Debug)]
pub struct ProcessStatus {
    /// What it is: `etcd`, `kwok-a`, `node-b2`.
    pub name: String,
    /// Its id when it was started.
    pub pid: u32,
    /// Whether it runs.
    pub state: ProcessState,
}

/// Whether a process runs.
#[derive(Clone, Debug)]
pub enum ProcessState {
    /// It runs.
    Alive {
        /// Resident memory in bytes.
        memory: u64,
        /// Time on processors since its start.
        cpu: Duration,
    },
    /// It ended by itself.
    Dead {
        /// The last line of its log, if it wrote any.
        last_words: Option<String>,
    },
}
