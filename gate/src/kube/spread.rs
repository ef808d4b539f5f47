//! What keeps the pods of a workload apart: spread constraints and anti-affinity with themselves.

use crate::yaml::{FieldPath, Node};

use super::selector::{Labels, Match, Selector};
use super::{Field, Workload, dig};

/// The node label that names a zone.
pub const ZONE_KEY: &str = "topology.kubernetes.io/zone";

/// What kind of term it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpreadKind {
    /// An item of `topologySpreadConstraints`.
    Constraint,
    /// A term of `podAntiAffinity`.
    AntiAffinity,
}

/// One term that may keep pods apart.
#[derive(Clone, Debug)]
pub struct SpreadTerm<'a> {
    /// What kind it is.
    pub kind: SpreadKind,
    /// Where it stands.
    pub field: Field,
    /// The node label that it goes by.
    pub topology_key: Option<&'a str>,
    /// Does the scheduler refuse to break it?
    pub is_hard: bool,
    /// Does it count the workload's own pods?
    pub own_pods: Match,
    /// Its selector, where it has one.
    pub selector: Option<Selector<'a>>,
}

impl SpreadTerm<'_> {
    /// The place of a key of the term.
    pub fn key(&self, key: &str) -> Field {
        Field {
            path: self.field.path.key(key),
            ..self.field.clone()
        }
    }

    /// Is it about zones, and about the own pods? A spread constraint counts even where its selector misses them:
    /// that is another rule's finding, while an anti-affinity with others is perfectly sound.
    pub fn is_zone_term(&self) -> bool {
        let own = self.kind == SpreadKind::Constraint || self.own_pods != Match::No;
        self.topology_key == Some(ZONE_KEY) && own
    }
}

impl<'a> Workload<'a> {
    /// How many pods there are to spread over zones; none where their number is unknown, or where one pod or one zone
    /// leaves nothing to spread.
    pub fn pods_to_spread(&self) -> Option<u64> {
        let is_several = self.index.facts.zone_count() > 1;
        self.replicas().count().filter(|count| is_several && *count > 1)
    }

    /// All terms that may keep its pods apart.
    pub fn spread_terms(&self) -> Vec<SpreadTerm<'a>> {
        let labels = self.labels();
        let mut terms = self.constraints(&labels);
        for (list, is_hard) in [
            ("requiredDuringSchedulingIgnoredDuringExecution", true),
            ("preferredDuringSchedulingIgnoredDuringExecution", false),
        ] {
            terms.extend(self.anti_affinities(list, is_hard, &labels));
        }
        terms
    }

    /// A constraint without selector counts nothing; `matchLabelKeys` narrow it by the pod's own values, which the
    /// pod itself always has.
    fn constraints(&self, labels: &Labels<'_>) -> Vec<SpreadTerm<'a>> {
        let constraints = self.pod(&["topologySpreadConstraints"]);
        let items = constraints.into_iter().flat_map(Node::items).enumerate();
        items
            .map(|(number, node)| {
                let selector = node.set("labelSelector").map(Selector::of);
                let whenever = node.set("whenUnsatisfiable").and_then(Node::as_str);
                let path = FieldPath::of(&["topologySpreadConstraints"]).index(number);
                SpreadTerm {
                    kind: SpreadKind::Constraint,
                    field: self.pod_field(&path),
                    topology_key: node.set("topologyKey").and_then(Node::as_str),
                    is_hard: whenever != Some("ScheduleAnyway"),
                    own_pods: selector.map_or(Match::No, |selector| selector.selects(labels)),
                    selector,
                }
            })
            .collect()
    }

    fn anti_affinities(&self, list: &'static str, is_hard: bool, labels: &Labels<'_>) -> Vec<SpreadTerm<'a>> {
        let base = FieldPath::of(&["affinity", "podAntiAffinity", list]);
        let items = self.pod(&["affinity", "podAntiAffinity", list]);
        let terms = items.into_iter().flat_map(Node::items).enumerate();
        terms
            .filter_map(|(number, node)| {
                let path = base.index(number);
                let (term, path) = if is_hard {
                    (node, path)
                } else {
                    (node.set("podAffinityTerm")?, path.key("podAffinityTerm"))
                };
                Some(SpreadTerm {
                    kind: SpreadKind::AntiAffinity,
                    field: self.pod_field(&path),
                    topology_key: term.set("topologyKey").and_then(Node::as_str),
                    is_hard,
                    own_pods: self.repels_itself(term, labels),
                    selector: term.set("labelSelector").map(Selector::of),
                })
            })
            .collect()
    }

    /// Does an anti-affinity term speak of the workload's own pods: by selector, by namespace, and not excluded by
    /// `mismatchLabelKeys`?
    fn repels_itself(&self, term: Node<'_>, labels: &Labels<'_>) -> Match {
        let mut excluded = term
            .set("mismatchLabelKeys")
            .into_iter()
            .flat_map(Node::items)
            .filter_map(Node::as_str);
        if !self.reaches_own_namespace(term) || excluded.any(|key| labels.get(key).is_some()) {
            return Match::No;
        }
        term.set("labelSelector")
            .map_or(Match::No, |selector| Selector::of(selector).selects(labels))
    }

    fn reaches_own_namespace(&self, term: Node<'_>) -> bool {
        let names: Vec<Node<'_>> = term.set("namespaces").into_iter().flat_map(Node::items).collect();
        let selector = term.set("namespaceSelector").map(Selector::of);
        if names.is_empty() && selector.is_none() {
            return true;
        }
        let is_listed = names.iter().any(|name| name.as_str() == Some(self.namespace()));
        is_listed || selector.is_some_and(|selector| selector.selects(&self.namespace_labels()) != Match::No)
    }

    /// Labels of its namespace: those in the render, and the one that Kubernetes sets.
    fn namespace_labels(&self) -> Labels<'a> {
        let name = self.namespace();
        let mut namespaces = self.index.of_kind("", "Namespace");
        let found = namespaces.find(|(_, object)| object.name == name);
        let labels = found.and_then(|(_, object)| dig(object.root, &["metadata", "labels"]));
        Labels::read(labels, &[]).with("kubernetes.io/metadata.name", name)
    }
}
