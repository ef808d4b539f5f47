//! The picture: a line a zone, a character a pod, and the same in words.

use std::collections::{BTreeMap, BTreeSet};

use super::{Node, Pod, PodState, PodsPerZone};
use crate::plain::plain;

/// The widest bar; of more pods in a zone a character stands for several.
const WIDEST: usize = 40;

/// The states, in the order of a bar.
const STATES: [PodState; 6] = [
    PodState::Ready,
    PodState::NotReady,
    PodState::Leaving,
    PodState::Failed,
    PodState::Ended,
    PodState::Waiting,
];

/// In which characters bars are drawn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Style {
    /// `●○×!-◌`
    Unicode,
    /// `#ox!-?`
    Ascii,
}

impl Style {
    /// As the variables of the environment say: Unicode where the locale has UTF-8.
    pub fn of_locale(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(set)
            .unwrap_or_default()
            .to_lowercase();
        if locale.contains("utf-8") || locale.contains("utf8") {
            Self::Unicode
        } else {
            Self::Ascii
        }
    }

    fn letter(self, state: PodState) -> char {
        let unicode = self == Self::Unicode;
        match state {
            PodState::Ready if unicode => '●',
            PodState::Ready => '#',
            PodState::NotReady if unicode => '○',
            PodState::NotReady => 'o',
            PodState::Leaving if unicode => '×',
            PodState::Leaving => 'x',
            PodState::Failed => '!',
            PodState::Ended => '-',
            PodState::Waiting if unicode => '◌',
            PodState::Waiting => '?',
        }
    }
}

/// What a state is called in a picture.
fn word(state: PodState) -> &'static str {
    match state {
        PodState::Ready => "ready",
        PodState::NotReady => "not ready",
        PodState::Leaving => "leaving",
        PodState::Failed => "failed",
        PodState::Ended => "ended",
        PodState::Waiting => "without a node",
    }
}

/// A line of the picture.
struct Line {
    name: String,
    bar: String,
    words: String,
    nodes: String,
}

impl PodsPerZone {
    /// A picture for each workload, each line ended.
    pub fn draw(&self, style: Style) -> String {
        let mut workloads: BTreeMap<(&str, &str), Vec<&Pod>> = BTreeMap::new();
        for pod in &self.pods {
            workloads
                .entry((&pod.namespace, &pod.workload))
                .or_default()
                .push(pod);
        }
        if workloads.is_empty() {
            let heading = if self.nodes.is_empty() {
                "no nodes and no pods"
            } else {
                "no pods"
            };
            return picture(heading, &self.lines(&[], style));
        }
        let pictures = workloads.iter().map(|((namespace, workload), pods)| {
            let heading = format!("{}/{}: {}", plain(namespace), plain(workload), summary(pods));
            picture(&heading, &self.lines(pods, style))
        });
        pictures.collect::<Vec<String>>().join("\n")
    }

    fn lines(&self, pods: &[&Pod], style: Style) -> Vec<Line> {
        let nodes = self.nodes.iter().map(|node| node.zone.as_str());
        let zones: BTreeSet<&str> = nodes
            .chain(pods.iter().filter_map(|pod| pod.zone.as_deref()))
            .collect();
        let mut lines: Vec<Line> = zones
            .into_iter()
            .map(|zone| {
                let here: Vec<&Pod> = pods
                    .iter()
                    .copied()
                    .filter(|pod| pod.zone.as_deref() == Some(zone))
                    .collect();
                let nodes: Vec<&Node> = self.nodes.iter().filter(|node| node.zone == zone).collect();
                let name = plain(zone);
                Line {
                    name: if name.starts_with('(') {
                        name
                    } else {
                        format!("zone {name}")
                    },
                    bar: bar(&here, style),
                    words: words(&here),
                    nodes: nodes_in_words(&nodes),
                }
            })
            .collect();
        let nowhere: Vec<&Pod> = pods.iter().copied().filter(|pod| pod.zone.is_none()).collect();
        if !nowhere.is_empty() {
            lines.push(Line {
                name: "pending".to_owned(),
                bar: bar(&nowhere, style),
                words: words(&nowhere),
                nodes: String::new(),
            });
        }
        lines
    }
}

fn picture(heading: &str, lines: &[Line]) -> String {
    let widest = |column: fn(&Line) -> &str| {
        lines
            .iter()
            .map(|line| column(line).chars().count())
            .max()
            .unwrap_or(0)
    };
    let (names, bars, words) = (
        widest(|line| &line.name),
        widest(|line| &line.bar),
        widest(|line| &line.words),
    );
    let mut text = format!("{heading}\n");
    for line in lines {
        let columns = [
            (&line.name, names),
            (&line.bar, bars),
            (&line.words, words),
            (&line.nodes, 0),
        ];
        let used = columns
            .into_iter()
            .filter(|(column, width)| *width > 0 || !column.is_empty());
        let cells: Vec<String> = used
            .map(|(column, width)| format!("  {column:<width$}"))
            .collect();
        text.push_str(cells.concat().trim_end());
        text.push('\n');
    }
    text
}

/// One character a pod; where there are too many, one at least for each state that occurs.
fn bar(pods: &[&Pod], style: Style) -> String {
    let mut letters = String::new();
    for state in STATES {
        let count = pods.iter().filter(|pod| pod.state == state).count();
        let wide = match pods.len() {
            all if all <= WIDEST => count,
            all => (count * WIDEST).div_ceil(all),
        };
        letters.extend(std::iter::repeat_n(style.letter(state), wide));
    }
    letters
}

/// How many pods there are and are ready; those on their way out and those that ended are not among them.
fn summary(pods: &[&Pod]) -> String {
    let count = |state| pods.iter().filter(|pod| pod.state == state).count();
    let ready = count(PodState::Ready);
    let staying = ready + count(PodState::NotReady) + count(PodState::Waiting);
    let mut parts = Vec::new();
    if staying > 0 {
        parts.push(format!("{staying} {}", if staying == 1 { "pod" } else { "pods" }));
        parts.push(format!("{ready} ready"));
    }
    for state in [PodState::Leaving, PodState::Failed, PodState::Ended] {
        if count(state) > 0 {
            parts.push(format!("{} {}", count(state), word(state)));
        }
    }
    parts.join(", ")
}

fn words(pods: &[&Pod]) -> String {
    let counts = STATES.map(|state| (pods.iter().filter(|pod| pod.state == state).count(), word(state)));
    let present: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if present.is_empty() {
        "no pod".to_owned()
    } else {
        present.join(", ")
    }
}

fn nodes_in_words(nodes: &[&Node]) -> String {
    let all = nodes.len();
    let plural = |count: usize| if count == 1 { "node" } else { "nodes" };
    let share = |count: usize| match count {
        count if count == all => format!("{all} {}", plural(all)),
        count => format!("{count} of {all} {}", plural(all)),
    };
    if all == 0 {
        return String::new();
    }
    let ready = nodes.iter().filter(|node| node.ready).count();
    let readiness = match ready {
        0 => format!("{} NotReady", share(all)),
        ready if ready == all => format!("{} Ready", share(all)),
        ready => format!("{} NotReady", share(all - ready)),
    };
    match nodes.iter().filter(|node| !node.schedulable).count() {
        0 => readiness,
        cordoned => format!("{readiness}, {} cordoned", share(cordoned)),
    }
}
