//! From the raw tree to the tree that is applied: scalars get their meaning, aliases and merge keys are expanded,
//! of a repeated key the last value stays.

use super::budget::AliasBudget;
use super::mapping::Mapping;
use super::raw::{RawDocument, RawId, RawKind, RawNode, Refusal};
use super::reader::Composed;
use super::scalar::{Resolved, resolve};
use super::tree::{Document, Entry, NodeData, NodeId, Value};
use super::{Limits, Problem, Span};

/// Composes a document; the problems are those of repeated keys.
pub(super) fn compose(raw: &RawDocument, span: Span, limits: &Limits) -> Result<Composed, Refusal> {
    let Some(root) = raw.root else {
        return Ok((None, Vec::new()));
    };
    let mut composer = Composer {
        raw: &raw.nodes,
        states: vec![State::Unseen; raw.nodes.len()],
        nodes: Vec::with_capacity(raw.nodes.len()),
        problems: Vec::new(),
        budget: AliasBudget::default(),
        depth: 0,
        limits,
    };
    let root = composer.node(root)?.id;
    let document = Document {
        nodes: composer.nodes,
        root,
        span,
    };
    let document = (!document.root().is_null()).then_some(document);
    Ok((document, composer.problems))
}

/// A composed node: where it is, how many levels it has, and how many steps kubectl takes to decode it.
#[derive(Clone, Copy, Debug)]
struct Done {
    id: NodeId,
    height: usize,
    cost: u64,
}

/// How far a node of the raw tree is.
#[derive(Clone, Copy, Debug)]
enum State {
    Unseen,
    /// Its children are being composed.
    Open,
    Done(Done),
}

struct Composer<'a> {
    raw: &'a [RawNode],
    states: Vec<State>,
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
                let value = resolve(scalar).and_then(Resolved::into_value);
                (value.map_err(|message| Refusal::new(raw.span, message))?, 0, 1)
            }
            RawKind::Sequence(items) => self.nested(id, |composer| composer.sequence(items))?,
            RawKind::Mapping(entries) => self.nested(id, |composer| composer.mapping(entries))?,
        };
        Ok(self.keep(id, value, height, cost))
    }

    fn keep(&mut self, id: RawId, value: Value, height: usize, cost: u64) -> Done {
        let done = Done {
            id: NodeId(self.nodes.len()),
            height,
            cost,
        };
        let span = self.raw[id].span;
        self.nodes.push(NodeData { value, span });
        self.states[id] = State::Done(done);
        done
    }

    /// Composes the children of a node one level deeper.
    fn nested<T>(
        &mut self,
        id: RawId,
        children: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.depth += 1;
        if self.depth > self.limits.depth {
            return Err(too_deep(self.raw[id].span, self.limits.depth));
        }
        self.states[id] = State::Open;
        let composed = children(self)?;
        self.depth -= 1;
        Ok(composed)
    }

    fn alias(&mut self, target: RawId, span: Span) -> Result<Done, Refusal> {
        let done = match self.states[target] {
            State::Done(done) => done,
            State::Unseen => self.apart(target)?,
            State::Open => {
                let message = "the alias stands inside the value that it names";
                return Err(Refusal::new(span, message));
            }
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

    /// Composes a node that is none where it stands, such as a key, and whose steps do not count there.
    fn apart(&mut self, id: RawId) -> Result<Done, Refusal> {
        let budget = self.budget.clone();
        let done = self.node(id);
        self.budget = budget;
        done
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
                let (name, steps) = self.key(*key)?;
                let done = self.node(*value)?;
                let entry = Entry {
                    key: name,
                    key_span: self.raw[*key].span,
                    value: done.id,
                };
                self.problems.extend(mapping.set(entry));
                cost = cost.saturating_add(steps);
                done
            };
            height = height.max(done.height + 1);
            cost = cost.saturating_add(done.cost);
        }
        Ok((Value::Mapping(mapping.entries), height, cost))
    }

    /// A key and the steps it takes.
    fn key(&mut self, id: RawId) -> Result<(String, u64), Refusal> {
        let span = self.raw[id].span;
        let (target, cost) = match &self.raw[id].kind {
            RawKind::Alias(target) => (*target, 2),
            _ => (id, 1),
        };
        if !self.budget.step() || !self.budget.expand(cost - 1) {
            return Err(excessive_aliases(span));
        }
        let RawKind::Scalar(scalar) = &self.raw[target].kind else {
            let message = "a key must be a text, not a mapping or a sequence";
            return Err(Refusal::new(span, message));
        };
        let key = resolve(scalar).and_then(Resolved::into_key);
        Ok((key.map_err(|message| Refusal::new(span, message))?, cost))
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
