//! Changes of texts: each form, and what holds for every kustomization.

#![expect(clippy::disallowed_methods, reason = "the tests look at what was written")]

mod forms;
mod kustomizations;

use super::{Outcome, PinError, Wanted, change};

const DIGEST: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const OLD: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// The text of a file after `app` was pinned to `TAG@DIGEST` in it; run again, it is already so.
fn pinned(file: &str, text: &str, tag: Option<&str>) -> Result<String, PinError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file);
    std::fs::write(&path, text).unwrap();
    let wanted = Wanted::new("app", tag, Some(DIGEST)).unwrap();
    let outcome = change(&path, &wanted);
    if let Ok(Outcome::Change(change)) = &outcome {
        change.write().unwrap();
        let again = super::change(&path, &wanted).unwrap();
        assert!(matches!(again, Outcome::Already(_)), "{again:?}");
    }
    let after = std::fs::read_to_string(&path).unwrap();
    match outcome {
        Ok(_) => Ok(after),
        Err(error) => {
            assert_eq!(after, text, "a file that is not changed stays as it is");
            Err(error)
        }
    }
}
