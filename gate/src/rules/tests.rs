use std::collections::BTreeSet;

use super::{CATALOGUE, Policy, Profile, documentation, manifests, page};
use crate::kube::{Facts, Index};
use crate::yaml;

const SECTIONS: [&str; 3] = ["Why it matters", "What to do", "References"];

#[test]
fn ids_are_unique_and_in_kebab_case() {
    let mut seen = BTreeSet::new();
    for rule in CATALOGUE {
        assert!(seen.insert(rule.id), "`{}` stands twice", rule.id);
        let words = rule.id.split('-');
        for word in words {
            let plain = word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
            assert!(plain && !word.is_empty(), "`{}` is no kebab-case", rule.id);
        }
    }
}

#[test]
fn what_a_rule_silences_is_a_rule() {
    for rule in CATALOGUE {
        for id in rule.instead_of {
            assert!(
                super::by_id(id).is_some(),
                "`{}` silences `{id}`, which is none",
                rule.id
            );
        }
    }
}

/// Headings of a page, but for what stands in an example.
fn headings(page: &str) -> Vec<&str> {
    let outside = page.split("```").step_by(2);
    outside
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix("# "))
        .collect()
}

#[test]
fn each_page_has_its_sections_an_example_and_references() {
    for rule in CATALOGUE {
        let page = page(rule);
        assert_eq!(headings(&page), SECTIONS, "`{}`", rule.id);
        assert!(page.contains("```"), "`{}` shows no example", rule.id);
        let references = page.rsplit("# References").next().unwrap_or_default();
        let mut lines = references.lines().filter(|line| !line.is_empty()).peekable();
        assert!(lines.peek().is_some(), "`{}` names no reference", rule.id);
        for line in lines {
            assert!(
                line.starts_with("- <https://") && line.ends_with('>'),
                "`{}`: {line}",
                rule.id
            );
        }
        assert!(rule.summary().ends_with('.'), "`{}`", rule.id);
    }
}

#[test]
fn yaml_in_pages_can_be_read() {
    for rule in CATALOGUE {
        let page = page(rule);
        let examples = page.split("```yaml").skip(1);
        for example in examples.filter_map(|rest| rest.split("```").next()) {
            // The page of `duplicate-key` shows a merge without the anchor that it merges.
            let text = example.replace("*hardened", "{}");
            let stream = yaml::read(text, &yaml::Limits::default());
            assert_eq!(stream.problems, [], "`{}`: {example}", rule.id);
        }
    }
}

#[test]
fn the_catalogue_is_printed_whole() {
    let printed = documentation();
    for rule in CATALOGUE {
        assert!(
            printed.contains(&format!("\n### {}\n\n{}", rule.id, rule.summary())),
            "{}",
            rule.id
        );
        assert_eq!(
            printed.matches(&format!("| [{0}](#{0})", rule.id)).count(),
            1,
            "{}",
            rule.id
        );
    }
    assert!(!printed.contains("\n# Why"), "a page's heading outranks its rule");
}

#[test]
fn one_defect_gets_one_finding() {
    let text = "
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: c, image: web}, {name: d, image: 'web:1'}]}
";
    let stream = yaml::read(text, &yaml::Limits::default());
    let index = Index::new(&stream.documents, Facts::default());
    let of_images = |policy: &Policy| {
        let hits = manifests(&index, policy.rules());
        let hits = hits
            .into_iter()
            .filter(|(_, hit)| hit.place.path.to_string().ends_with("image"));
        hits.map(|(rule, hit)| (hit.place.container.unwrap_or_default(), rule.id))
            .collect::<BTreeSet<_>>()
    };
    let mut policy = Policy::of(Profile::Production);
    let one_each = [
        ("c".to_owned(), "floating-tag"),
        ("d".to_owned(), "unpinned-image"),
    ];
    assert_eq!(of_images(&policy), one_each.into());

    policy.levels.insert("floating-tag".to_owned(), None);
    let the_other_speaks = [
        ("c".to_owned(), "unpinned-image"),
        ("d".to_owned(), "unpinned-image"),
    ];
    assert_eq!(of_images(&policy), the_other_speaks.into());
}
