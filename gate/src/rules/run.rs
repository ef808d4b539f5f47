//! Runs rules over the views of manifests.

use std::collections::BTreeMap;

use super::{Check, Hit, Rule, Sink};
use crate::kube::{Container, Field, Index, Workload};
use crate::yaml;

/// A hit together with the rule that made it.
pub type RuleHit<Place> = (&'static Rule, Hit<Place>);

/// Runs those of the given rules that judge objects over a render, in the order given. Where one rule speaks
/// instead of another about a place, the other's hit is left out.
pub fn manifests(index: &Index<'_>, rules: impl IntoIterator<Item = &'static Rule>) -> Vec<RuleHit<Field>> {
    let workloads: Vec<Workload<'_>> = index.workloads().collect();
    let containers: Vec<Container<'_>> = workloads.iter().flat_map(Workload::containers).collect();
    let mut hits = Vec::new();
    for rule in rules {
        let mut sink = Sink::default();
        match rule.check {
            Check::Container(check) => containers
                .iter()
                .for_each(|container| check(container, &mut sink)),
            Check::Workload(check) => workloads.iter().for_each(|workload| check(workload, &mut sink)),
            Check::Render(check) => check(index, &mut sink),
            Check::Text(_) | Check::Dependencies(_) | Check::Image(_) | Check::Exceptions(_) => {}
        }
        hits.extend(sink.into_hits().into_iter().map(|hit| (rule, hit)));
    }
    silence(hits)
}

/// Runs those of the given rules that judge text over what was read of it.
pub fn text(
    stream: &yaml::Stream,
    rules: impl IntoIterator<Item = &'static Rule>,
) -> Vec<RuleHit<yaml::Place>> {
    let mut hits = Vec::new();
    for rule in rules {
        if let Check::Text(check) = rule.check {
            let mut sink = Sink::default();
            check(stream, &mut sink);
            hits.extend(sink.into_hits().into_iter().map(|hit| (rule, hit)));
        }
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
