//! Ctrl-C and TERM set the flag that every wait and every kubectl looks at; then the suite takes its cluster down.

use std::io;
use std::sync::atomic::Ordering;
use std::thread;

use cluster::Interrupt;
use tokio::signal::unix::{SignalKind, signal};

/// From now on the first signal sets the flag. A second one changes nothing: the cluster has to come down first.
pub(super) fn watch(interrupt: &Interrupt) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let (mut interrupted, mut terminated) = {
        let _entered = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    let flag = interrupt.flag();
    thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupted.recv() => (),
                _ = terminated.recv() => (),
            }
        });
        flag.store(true, Ordering::SeqCst);
    });
    Ok(())
}
