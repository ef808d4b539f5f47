//! From the raw tree to the tree that is applied: scalars get their meaning, aliases and merge keys are expanded,
//! of a repeated key the last value stays.

use std::collections::HashMap;

use super::raw::{RawDocument, RawId, RawKind, RawNode, Refusal};
use super::scalar::resolve;
use super::tree::{Document, Entry, NodeData, NodeId, Value};
use super::{Limits, Problem, ProblemKind, Span};

/// Mappings up to this size are searched key by key.
const SMALL_MAPPING: usize = 16;

/// Composes a document that has a root; the problems are those of repeated keys.
pub(super) fn compose(
    raw: &RawDocument,
    root: RawId,
    span: Span,
    limits: &Limits,
) -> Result<(Document, Vec<Problem>), Refusal> {
    let mut composer = Composer {
        raw: &raw.nodes,
        done: vec![None; raw.nodes.len()],
        nodes: Vec::with_capacity(raw.nodes.len()),
        problems: Vec::new(),
        budget: AliasBudget {
            decoded: 1,
            aliased: 0,
        },
        depth: 0,
        limits,
    };
    let root = composer.node(root)?.id;
    let document = Document {
        nodes: composer.nodes,
        root,
        span,
    };
    Ok((document, composer.problems))
}

/// A composed node: where it is, how many levels it has, and how many steps kubectl takes to decode it.
#[derive(Clone, Copy, Debug)]
struct Done {
    id: NodeId,
    height: usize,
    cost: u64,
}

/// kubectl's guard against documents that aliases blow up: a share of all decoding steps that falls with their number.
#[derive(Debug)]
struct AliasBudget {
    decoded: u64,
    aliased: u64,
}

impl AliasBudget {
    const FEW: u64 = 400_000;
    const MANY: u64 = 4_000_000;

    /// Counts steps outside of aliases.
    fn step(&mut self) -> bool {
        self.decoded = self.decoded.saturating_add(1);
        self.holds()
    }

    /// Counts all steps of an expanded alias.
    fn expand(&mut self, cost: u64) -> bool {
        self.decoded = self.decoded.saturating_add(cost);
        self.aliased = self.aliased.saturating_add(cost);
        self.holds()
    }

    #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
    fn holds(&self) -> bool {
        let allowed = match self.decoded {
            ..=Self::FEW => 0.99,
            Self::MANY.. => 0.10,
            between => 0.99 - 0.89 * ((between - Self::FEW) as f64 / (Self::MANY - Self::FEW) as f64),
        };
        self.aliased <= 100 || self.decoded <= 1000 || self.aliased as f64 / self.decoded as f64 <= allowed
    }
}

struct Composer<'a> {
    raw: &'a [RawNode],
    done: Vec<Option<Done>>,
    nodes: Vec<NodeData>,
    problems: Vec<Problem>,
    budget: AliasBudget,
    depth: usize,
    limits: &'a Limits,
}

impl<'a> Composer<'a> {
    fn node(&mut self, id: RawId) -> Result<Done, Refusal> {
        let raw: &'a RawNode = &self.raw[id];
        if !self.budget.step() {
            return Err(excessive_aliases(raw.span));
        }
        let (value, height, cost) = match &raw.kind {
            RawKind::Alias(target) => return self.alias(*target, raw.span),
            RawKind::Scalar(scalar) => {
                let value = resolve(scalar).and_then(super::scalar::Resolved::into_value);
                (value.map_err(|message| Refusal::new(raw.span, message))?, 0, 1)
            }
            RawKind::Sequence(items) => {
                self.descend(raw.span)?;
                self.sequence(items)?
            }
            RawKind::Mapping(entries) => {
                self.descend(raw.span)?;
                self.mapping(entries)?
            }
        };
        if height > 0 {
            self.depth -= 1;
        }
        let done = Done {
            id: NodeId(self.nodes.len()),
            height,
            cost,
        };
        self.nodes.push(NodeData {
            value,
            span: raw.span,
        });
        self.done[id] = Some(done);
        Ok(done)
    }

    fn descend(&mut self, span: Span) -> Result<(), Refusal> {
        self.depth += 1;
        if self.depth > self.limits.depth {
            return Err(too_deep(span, self.limits.depth));
        }
        Ok(())
    }

    fn alias(&mut self, target: RawId, span: Span) -> Result<Done, Refusal> {
        let Some(done) = self.done[target] else {
            return Err(Refusal::new(
                span,
                "the alias stands inside the value that it names",
            ));
        };
        if !self.budget.expand(done.cost) {
            return Err(excessive_aliases(span));
        }
        if self.depth + done.height > self.limits.depth {
            return Err(too_deep(span, self.limits.depth));
        }
        Ok(Done {
            cost: done.cost.saturating_add(1),
            ..done
        })
    }

    fn sequence(&mut self, items: &[RawId]) -> Result<(Value, usize, u64), Refusal> {
        let mut ids = Vec::with_capacity(items.len());
        let (mut height, mut cost) = (1, 1_u64);
        for item in items {
            let done = self.node(*item)?;
            height = height.max(done.height + 1);
            cost = cost.saturating_add(done.cost);
            ids.push(done.id);
        }
        Ok((Value::Sequence(ids), height, cost))
    }

    fn mapping(&mut self, entries: &[(RawId, RawId)]) -> Result<(Value, usize, u64), Refusal> {
        let mut mapping = Mapping::default();
        let (mut height, mut cost) = (1, 1_u64);
        for (key, value) in entries {
            let done = if is_merge(&self.raw[*key]) {
                self.merge(&mut mapping, self.raw[*key].span, *value)?
            } else {
                let name = self.key(*key)?;
                let done = self.node(*value)?;
                let entry = Entry {
                    key: name,
                    key_span: self.raw[*key].span,
                    value: done.id,
                };
                self.problems.extend(mapping.set(entry));
                cost = cost.saturating_add(1);
                done
            };
            height = height.max(done.height + 1);
            cost = cost.saturating_add(done.cost);
        }
        Ok((Value::Mapping(mapping.entries), height, cost))
    }

    fn key(&mut self, id: RawId) -> Result<String, Refusal> {
        let span = self.raw[id].span;
        let target = match &self.raw[id].kind {
            RawKind::Alias(target) => *target,
            _ => id,
        };
        self.node(id)?;
        let RawKind::Scalar(scalar) = &self.raw[target].kind else {
            return Err(Refusal::new(
                span,
                "a key must be a text, not a mapping or a sequence",
            ));
        };
        resolve(scalar)
            .and_then(super::scalar::Resolved::into_key)
            .map_err(|message| Refusal::new(span, message))
    }

    fn merge(&mut self, mapping: &mut Mapping, key_span: Span, value: RawId) -> Result<Done, Refusal> {
        self.problems.extend(mapping.begin_merge(key_span));
        let sources = match &self.raw[value].kind {
            RawKind::Sequence(items) => items.clone(),
            _ => vec![value],
        };
        let mut total = Done {
            id: NodeId(0),
            height: 0,
            cost: 0,
        };
        let mut merged = Mapping::default();
        for source in sources.into_iter().rev() {
            let done = self.node(source)?;
            let Value::Mapping(entries) = &self.nodes[done.id.0].value else {
                let message = "the merge key `<<` wants a mapping, an alias of one, or a sequence of these";
                return Err(Refusal::new(self.raw[source].span, message));
            };
            for entry in entries.clone() {
                merged.set(entry);
            }
            total.height = total.height.max(done.height.saturating_sub(1));
            total.cost = total.cost.saturating_add(done.cost);
        }
        for entry in merged.entries {
            self.problems.extend(mapping.merge(entry, key_span));
        }
        Ok(total)
    }
}

fn is_merge(node: &RawNode) -> bool {
    let RawKind::Scalar(scalar) = &node.kind else {
        return false;
    };
    scalar.text == "<<" && (scalar.implicit || scalar.tag.as_deref() == Some("tag:yaml.org,2002:merge"))
}

fn excessive_aliases(span: Span) -> Refusal {
    Refusal::new(span, "aliases blow the document up beyond what kubectl reads")
}

fn too_deep(span: Span, limit: usize) -> Refusal {
    Refusal::new(
        span,
        format!("the document is nested more than {limit} levels deep"),
    )
}

/// A mapping while it is filled.
#[derive(Default)]
struct Mapping {
    entries: Vec<Entry>,
    merged: Vec<bool>,
    places: HashMap<String, usize>,
    merge_key: Option<Span>,
}

impl Mapping {
    /// Sets an own key.
    fn set(&mut self, entry: Entry) -> Option<Problem> {
        let Some(place) = self.find(&entry.key) else {
            self.push(entry, false);
            return None;
        };
        let own = !self.merged[place];
        let earlier = self.entries[place].key_span;
        let problem = own.then(|| Problem {
            kind: ProblemKind::DuplicateKey,
            span: entry.key_span,
            message: format!(
                "the key `{}` stands twice in this mapping, and only its last value is applied",
                entry.key
            ),
            related: Some(earlier),
        });
        self.entries[place] = entry;
        self.merged[place] = false;
        problem
    }

    /// Sets a key that the merge key at a place brings.
    fn merge(&mut self, entry: Entry, merge_key: Span) -> Option<Problem> {
        let Some(place) = self.find(&entry.key) else {
            self.push(entry, true);
            return None;
        };
        let own = !self.merged[place];
        let earlier = self.entries[place].key_span;
        let problem = own.then(|| Problem {
            kind: ProblemKind::DuplicateKey,
            span: merge_key,
            message: format!("the merge key overrides `{}`, which stands before it", entry.key),
            related: Some(earlier),
        });
        self.entries[place] = entry;
        self.merged[place] = true;
        problem
    }

    fn begin_merge(&mut self, merge_key: Span) -> Option<Problem> {
        let related = self.merge_key.replace(merge_key)?;
        Some(Problem {
            kind: ProblemKind::DuplicateKey,
            span: merge_key,
            message: "the merge key `<<` stands twice in this mapping, and the later one wins".to_owned(),
            related: Some(related),
        })
    }

    fn push(&mut self, entry: Entry, merged: bool) {
        let place = self.entries.len();
        if place == SMALL_MAPPING {
            let known = self.entries.iter().enumerate();
            self.places = known.map(|(place, entry)| (entry.key.clone(), place)).collect();
        }
        if place >= SMALL_MAPPING {
            self.places.insert(entry.key.clone(), place);
        }
        self.entries.push(entry);
        self.merged.push(merged);
    }

    fn find(&self, key: &str) -> Option<usize> {
        if self.entries.len() > SMALL_MAPPING {
            self.places.get(key).copied()
        } else {
            self.entries.iter().position(|entry| entry.key == key)
        }
    }
}
