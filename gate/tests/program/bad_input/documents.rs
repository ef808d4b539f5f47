//! Manifests that cannot be read, or that others read in another way than kubectl.

use super::{DUPLICATE, GOOD, assert_refused, owned, refusals};
use crate::repository::Repository;

const MEND: &str = "mend the document; the others were judged";
const COMPLETE: &str = "kubectl refuses it; complete it, or leave the file out";

fn found(rule: &str, place: &str) -> (String, String) {
    (rule.to_owned(), place.to_owned())
}

#[test]
fn an_unparsable_document_is_placed_and_the_others_are_judged() {
    let repository = Repository::new();
    let broken = "apiVersion: v1\nkind: [unclosed\nmore: 1\n";
    repository.write("all.yaml", &format!("{broken}---\n{DUPLICATE}---\n{GOOD}"));
    let run = repository.gate(&["manifests", "all.yaml", "--format", "json"]);
    let message = "a document of `all.yaml` cannot be read: `,` or `]` must stand here";
    assert_eq!(
        (run.code, refusals(&run)),
        (2, owned(&[[message, "all.yaml:3:5", MEND]]))
    );
    let expected = [
        found("invalid-yaml", "all.yaml:3"),
        found("duplicate-key", "all.yaml:9"),
    ];
    assert_eq!(run.findings(), expected);
    assert_eq!(run.report()["stages"][0]["covered"]["objects"], 2);
    let run = repository.gate(&["manifests", "all.yaml"]);
    for text in [
        "error[invalid-yaml]: `,` or `]` must stand here\n --> all.yaml:3:5\n  |\n3 | more: 1\n  |     ^\n",
        "error[duplicate-key]: the key `x` stands twice in this mapping, and only one of its values is applied\n",
        "error: a document of `all.yaml` cannot be read: `,` or `]` must stand here\n --> all.yaml:3:5\n",
        "\nerror: manifests could not be judged whole; 2 errors; 1 render, 2 objects; not checked: dependencies, images\n",
    ] {
        assert!(run.stdout.contains(text), "{text}\n{}", run.stdout);
    }
}

#[test]
fn a_duplicate_key() {
    let repository = Repository::new();
    repository.write("a.yaml", DUPLICATE);
    let run = repository.gate(&["manifests", "a.yaml"]);
    let expected = "error[duplicate-key]: the key `x` stands twice in this mapping, and only one of its values is applied\n \
                    --> a.yaml:5:3\n";
    assert!(run.code == 1 && run.stdout.starts_with(expected), "{run:#?}");
}

#[test]
fn hidden_content_after_the_end_of_a_document() {
    let repository = Repository::new();
    repository.write("a.yaml", &format!("{GOOD}...\n{DUPLICATE}"));
    let run = repository.gate(&["manifests", "a.yaml"]);
    let expected = "error[hidden-content]: kubectl drops this text without a word, for its document has ended: begin another one \
                    with `---`\n --> a.yaml:5:1\n";
    assert!(run.code == 1 && run.stdout.starts_with(expected), "{run:#?}");
    let run = repository.gate(&["manifests", "a.yaml", "--format", "json"]);
    assert_eq!(
        run.findings(),
        [found("hidden-content", "a.yaml:5")],
        "what is not applied is not judged"
    );
}

#[test]
fn an_incomplete_object() {
    let repository = Repository::new();
    for (text, reason, place) in [
        (
            "apiVersion: v1\nkind: Pod\nspec: {}\n",
            "has no `metadata.name`",
            "1:1",
        ),
        ("kind: Pod\nmetadata: {name: a}\n", "has no `apiVersion`", "1:1"),
        ("apiVersion: v1\nmetadata: {name: a}\n", "has no `kind`", "1:1"),
        ("- a\n- b\n", "is no mapping", "1:1"),
    ] {
        repository.write("a.yaml", &format!("{DUPLICATE}---\n{text}"));
        let run = repository.gate(&["manifests", "a.yaml", "--format", "json"]);
        let message = format!("a document of `a.yaml` {reason}");
        let expected = owned(&[[&message, "a.yaml:7:1", COMPLETE]]);
        assert_eq!((run.code, refusals(&run)), (2, expected), "{text}{place}");
        assert_eq!(run.findings(), [found("duplicate-key", "a.yaml:5")], "{text}");
    }
}

#[test]
fn nesting_without_end() {
    let repository = Repository::new();
    let deep = format!("data: {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    repository.write("deep.yaml", &format!("{GOOD}{deep}"));
    let message =
        "a document of `deep.yaml` cannot be read: the document is nested more than 256 levels deep";
    assert_refused(
        &repository,
        &["manifests", "deep.yaml"],
        &[[message, "deep.yaml:4:262", MEND]],
    );
    let deep = format!("{{\"apiVersion\":{}", "[".repeat(100_000));
    repository.write("deep.json", &deep);
    let message =
        "a document of `deep.json` cannot be read: the document is nested more than 256 levels deep";
    assert_refused(
        &repository,
        &["manifests", "deep.json"],
        &[[message, "deep.json:1:270", MEND]],
    );
}

#[test]
fn aliases_that_multiply() {
    let repository = Repository::new();
    let level = |level: usize| {
        let aliases = vec![format!("*a{}", level - 1); 9].join(",");
        format!("a{level}: &a{level} [{aliases}]\n")
    };
    let levels: String = (1..20).map(level).collect();
    let bomb = format!("{GOOD}a0: &a0 [x,x,x,x,x,x,x,x,x]\n{levels}");
    repository.write("bomb.yaml", &bomb);
    let run = repository.gate(&["manifests", "bomb.yaml", "--format", "json"]);
    let refused = refusals(&run);
    let message =
        "a document of `bomb.yaml` cannot be read: aliases blow the document up beyond what kubectl reads";
    assert_eq!((run.code, refused.len(), refused[0][0].as_str()), (2, 1, message));
    assert!(refused[0][1].starts_with("bomb.yaml:"), "{refused:?}");
    repository.write("circle.yaml", &format!("{GOOD}a: &a [*a]\n"));
    let run = repository.gate(&["manifests", "circle.yaml", "--format", "json"]);
    let refused = refusals(&run);
    assert_eq!(
        (run.code, refused[0][1].as_str()),
        (2, "circle.yaml:4:8"),
        "{refused:?}"
    );
}
