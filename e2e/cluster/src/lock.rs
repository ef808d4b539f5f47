//! Locks between commands, which the system undoes when a command ends, however it ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use crate::directory::{DirectoryError, unreadable, unwritable};
use crate::process::Interrupt;

/// How often a lock is tried.
const PACE: Duration = Duration::from_millis(100);

/// A locked file that goes with its lock.
#[derive(Debug)]
pub(crate) struct Held {
    _file: File,
    place: PathBuf,
}

impl Held {
    /// See [`wait`].
    pub(crate) fn take(
        place: PathBuf,
        interrupt: &Interrupt,
        said: &str,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Self, DirectoryError> {
        loop {
            let file = wait(&place, interrupt, said, progress)?;
            // Who held it before may have removed it, and a third may have made and locked a new one.
            let held = file.metadata().map_err(unreadable(&place))?;
            if fs::metadata(&place).is_ok_and(|now| (now.dev(), now.ino()) == (held.dev(), held.ino())) {
                return Ok(Self { _file: file, place });
            }
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Left behind it would do no harm.
        let _ = fs::remove_file(&self.place);
    }
}

/// Waits until a file, made if need be, is locked by nobody else; if that takes a while, says so.
pub(crate) fn wait(
    place: &Path,
    interrupt: &Interrupt,
    said: &str,
    progress: &mut dyn FnMut(&str),
) -> Result<File, DirectoryError> {
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(place)
        .map_err(unwritable(place))?;
    let mut is_said = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(unwritable(place)(error)),
            Err(TryLockError::WouldBlock) if interrupt.is_set() => return Err(DirectoryError::Interrupted),
            Err(TryLockError::WouldBlock) => {
                if !is_said {
                    progress(said);
                    is_said = true;
                }
                sleep(PACE);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(place: &Path) -> Held {
        Held::take(place.to_owned(), &Interrupt::default(), "busy", &mut |_| {}).unwrap()
    }

    #[test]
    fn one_at_a_time_and_no_file_is_left() {
        let root = tempfile::tempdir().unwrap();
        let place = root.path().join("it.lock");
        let held = take(&place);
        let interrupt = Interrupt::default();
        let flag = interrupt.flag();
        let mut said = String::new();
        let error = Held::take(place.clone(), &interrupt, "busy", &mut |words| {
            words.clone_into(&mut said);
            flag.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        assert!(matches!(error, Err(DirectoryError::Interrupted)));
        assert_eq!(said, "busy");
        drop(held);
        drop(take(&place));
        assert!(!place.exists());
    }

    #[test]
    fn a_removed_file_is_not_shared_by_those_who_waited_for_it() {
        let root = tempfile::tempdir().unwrap();
        let place = root.path().join("it.lock");
        let first = take(&place);
        let waiting = place.clone();
        let waiter = std::thread::spawn(move || take(&waiting));
        sleep(PACE / 4);
        drop(first);
        let second = waiter.join().unwrap();
        assert!(second.place.exists(), "whoever comes now waits for the second");
    }
}
