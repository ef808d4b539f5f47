//! Runs rules over the views that the rooms make.

use std::collections::BTreeMap;

use super::{Check, Hit, Rule, Sink};
use crate::kube::{Container, Field, Index, Workload};
use crate::{deps, exceptions, image, yaml};

/// A hit together with the rule that made it.
pub type RuleHit<Place> = (&'static Rule, Hit<Place>);

/// Runs those of the given rules that judge objects over a render, in the order given. Where one rule speaks
/// instead of another about a place, the other's hit is left out.
pub fn manifests(index: &Index<'_>, rules: impl IntoIterator<Item = &'static Rule>) -> Vec<RuleHit<Field>> {
    let workloads: Vec<Workload<'_>> = index.workloads().collect();
    let containers: Vec<Container<'_>> = workloads.iter().flat_map(Workload::containers).collect();
    silence(over(rules, |check, sink| match check {
        Check::Container(check) => containers.iter().for_each(|container| check(container, sink)),
        Check::Workload(check) => workloads.iter().for_each(|workload| check(workload, sink)),
        Check::Render(check) => check(index, sink),
        Check::Text(_) | Check::Dependencies(_) | Check::Image(_) | Check::Exceptions(_) => {}
    }))
}

/// Runs those of the given rules that judge text over what was read of it.
pub fn text(
    stream: &yaml::Stream,
    rules: impl IntoIterator<Item = &'static Rule>,
) -> Vec<RuleHit<yaml::Place>> {
    over(rules, |check, sink| {
        if let Check::Text(check) = check {
            check(stream, sink);
        }
    })
}

/// Runs those of the given rules that judge dependencies over an audit.
pub fn dependencies(
    audit: &deps::Audit,
    rules: impl IntoIterator<Item = &'static Rule>,
) -> Vec<RuleHit<deps::Place>> {
    over(rules, |check, sink| {
        if let Check::Dependencies(check) = check {
            check(audit, sink);
        }
    })
}

/// Runs those of the given rules that judge images over one.
pub fn image(
    inspection: &image::Inspection,
    rules: impl IntoIterator<Item = &'static Rule>,
) -> Vec<RuleHit<image::Place>> {
    over(rules, |check, sink| {
        if let Check::Image(check) = check {
            check(inspection, sink);
        }
    })
}

/// Runs those of the given rules that judge exceptions over what they matched.
pub fn exceptions(
    usage: &exceptions::Usage<'_>,
    rules: impl IntoIterator<Item = &'static Rule>,
) -> Vec<RuleHit<exceptions::Place>> {
    over(rules, |check, sink| {
        if let Check::Exceptions(check) = check {
            check(usage, sink);
        }
    })
}

/// The hits of rules, in the order given; `run` calls those checks that it has a view for.
fn over<Place>(
    rules: impl IntoIterator<Item = &'static Rule>,
    run: impl Fn(Check, &mut Sink<Place>),
) -> Vec<RuleHit<Place>> {
    let mut hits = Vec::new();
    for rule in rules {
        let mut sink = Sink::default();
        run(rule.check, &mut sink);
        hits.extend(sink.into_hits().into_iter().map(|hit| (rule, hit)));
    }
    hits
}

fn silence(hits: Vec<RuleHit<Field>>) -> Vec<RuleHit<Field>> {
    let mut silenced: BTreeMap<Field, Vec<&str>> = BTreeMap::new();
    for (rule, hit) in hits.iter().filter(|(rule, _)| !rule.instead_of.is_empty()) {
        let names = silenced.entry(hit.place.clone()).or_default();
        names.extend(rule.instead_of);
    }
    let speaks = |(rule, hit): &RuleHit<Field>| {
        let names = silenced.get(&hit.place);
        names.is_none_or(|names| !names.contains(&rule.id))
    };
    hits.into_iter().filter(speaks).collect()
}
