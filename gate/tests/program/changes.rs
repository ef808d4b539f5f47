//! One change at a time to a repository that passes: each gives exactly its finding and its exit code.

use crate::repository::Repository;

const CHECK: [&str; 3] = ["check", "--format", "json"];

#[test]
fn the_repository_passes() {
    let run = Repository::new().gate(&CHECK);
    assert_eq!((run.code, run.findings()), (0, vec![]), "{run:#?}");
}
