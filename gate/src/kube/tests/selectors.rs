use super::documents;
use crate::kube::{Labels, Match, Selector};

const ADDED: &[&str] = &["pod-template-hash"];

fn selects(selector: &str, labels: &str) -> Match {
    let (selector, labels) = (documents(selector), documents(labels));
    let labels = Labels::read(labels.first().map(|document| document.root()), ADDED);
    Selector::of(selector[0].root()).selects(&labels)
}

#[test]
fn all_parts_of_a_selector_must_hold() {
    use Match::{No, Unknown, Yes};
    let labels = "{app: web, tier: front, flag: 'true'}";
    for (selector, expected) in [
        ("{}", Yes),
        ("{matchLabels: {app: web}}", Yes),
        ("{matchLabels: {app: web, tier: back}}", No),
        ("{matchLabels: {absent: ''}}", No),
        (
            "{matchExpressions: [{key: app, operator: In, values: [api, web]}]}",
            Yes,
        ),
        ("{matchExpressions: [{key: app, operator: In, values: []}]}", No),
        (
            "{matchExpressions: [{key: absent, operator: In, values: [web]}]}",
            No,
        ),
        (
            "{matchExpressions: [{key: app, operator: NotIn, values: [web]}]}",
            No,
        ),
        (
            "{matchExpressions: [{key: absent, operator: NotIn, values: [web]}]}",
            Yes,
        ),
        ("{matchExpressions: [{key: app, operator: Exists}]}", Yes),
        ("{matchExpressions: [{key: absent, operator: Exists}]}", No),
        ("{matchExpressions: [{key: app, operator: DoesNotExist}]}", No),
        ("{matchExpressions: [{key: absent, operator: DoesNotExist}]}", Yes),
        ("{matchExpressions: [{key: app, operator: Near}]}", Unknown),
        (
            "{matchLabels: {app: web}, matchExpressions: [{key: tier, operator: NotIn, values: [front]}]}",
            No,
        ),
        (
            "{matchExpressions: [{key: pod-template-hash, operator: Exists}]}",
            Yes,
        ),
        (
            "{matchExpressions: [{key: pod-template-hash, operator: DoesNotExist}]}",
            No,
        ),
        ("{matchLabels: {pod-template-hash: abc}}", Unknown),
        (
            "{matchExpressions: [{key: pod-template-hash, operator: NotIn, values: [abc]}]}",
            Unknown,
        ),
        ("{matchLabels: {pod-template-hash: abc, app: api}}", No),
    ] {
        assert_eq!(selects(selector, labels), expected, "{selector}");
    }
}

#[test]
fn a_selector_without_conditions_is_empty() {
    for (selector, expected) in [
        ("{}", true),
        ("{matchLabels: {}, matchExpressions: []}", true),
        ("{matchLabels: null}", true),
        ("{matchLabels: {a: b}}", false),
        ("{matchExpressions: [{key: a, operator: Exists}]}", false),
    ] {
        let documents = documents(selector);
        assert_eq!(
            Selector::of(documents[0].root()).is_empty(),
            expected,
            "{selector}"
        );
    }
}
