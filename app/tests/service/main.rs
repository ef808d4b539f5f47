//! The real program on 127.0.0.1: its start, its limits, its silence about probes, and its end.

#[cfg(test)]
mod client;
#[cfg(test)]
mod drain;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod probes;
#[cfg(test)]
mod program;
#[cfg(test)]
mod start;
