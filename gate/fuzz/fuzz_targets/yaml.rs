//! Any bytes are read without a panic, every place lies in the text, and what was read can be shown as JSON.

#![no_main]

use gate::yaml::{Limits, LineIndex, Node, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let stream = read(bytes, &Limits::default());
    let lines = LineIndex::new(&stream.text);
    for problem in &stream.problems {
        assert!(
            stream.text.get(problem.span.start..problem.span.end).is_some(),
            "{problem:?}"
        );
        lines.range(problem.span);
    }
    for document in &stream.documents {
        check(&stream.text, document.root());
        document.root().to_json();
    }
});

fn check(text: &str, node: Node<'_>) {
    assert!(
        text.get(node.span().start..node.span().end).is_some(),
        "{:?}",
        node.span()
    );
    node.items().for_each(|item| check(text, item));
    node.entries().for_each(|(_, value)| check(text, value));
}
