//! The pods of each zone as they move: redrawn in place on a terminal, else a line for each change.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use clap::Args;
use cluster::zones::{PodsPerZone, Style, ZonesError};
use cluster::{Cluster, Interrupt, ZoneState};

use super::Failure;
use super::screen::{Screen, Size};

/// How often the API server is asked.
const PERIOD: Duration = Duration::from_secs(1);

/// How often a pause looks whether it is interrupted.
const GLANCE: Duration = Duration::from_millis(50);

/// So many changes stay below the picture.
const CHANGES: usize = 12;

/// Arguments of `cargo xtask cluster status`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Draw the pods of each zone again every second, and say what changes, until Ctrl-C
    #[arg(long)]
    pub(super) watch: bool,
    /// Only pods of this namespace
    #[arg(long, short = 'n')]
    namespace: Option<String>,
    /// Only pods with these labels
    #[arg(long, short = 'l', value_name = "LABELS")]
    selector: Option<String>,
}

impl Arguments {
    fn read(&self, cluster: &Cluster) -> Result<PodsPerZone, ZonesError> {
        PodsPerZone::read(
            &cluster.kubectl(),
            self.namespace.as_deref(),
            self.selector.as_deref(),
        )
    }
}

/// The pods of each zone as they are now.
pub(super) fn picture(cluster: &Cluster, arguments: &Arguments) -> Result<String, ZonesError> {
    Ok(arguments.read(cluster)?.draw(style()))
}

fn style() -> Style {
    Style::of_locale(|name| std::env::var(name).ok())
}

/// Shows them until it is interrupted, or until nobody reads any more.
pub(super) fn follow(cluster: &Cluster, arguments: &Arguments, interrupt: &Interrupt) -> Result<(), Failure> {
    let mut story = Story::new(cluster.name());
    // A cluster that cannot be asked at all is an error; one that stops answering later is part of the story.
    story.hear(look(cluster, arguments)?);
    let mut output = Output::new();
    let mut next = Instant::now();
    loop {
        next = Instant::now().max(next + PERIOD);
        if output.show(&mut story).is_err() || pause(next, interrupt) {
            return Ok(());
        }
        match look(cluster, arguments) {
            Ok(now) => story.hear(now),
            Err(_) if interrupt.is_set() => return Ok(()),
            Err(error) => story.miss(&error.to_string()),
        }
    }
}

/// Waits for the next look; true when it is interrupted.
fn pause(end: Instant, interrupt: &Interrupt) -> bool {
    while !interrupt.is_set() && Instant::now() < end {
        std::thread::sleep(GLANCE);
    }
    interrupt.is_set()
}

/// What is to be seen at one moment.
struct Moment {
    pods: PodsPerZone,
    /// What was done to zones, of which the API server may not know yet.
    zones: BTreeMap<String, ZoneState>,
}

fn look(cluster: &Cluster, arguments: &Arguments) -> Result<Moment, Failure> {
    let pods = arguments.read(cluster)?;
    let mut zones = BTreeMap::new();
    for zone in cluster.zones() {
        zones.insert(zone.clone(), cluster.zone_state(zone)?);
    }
    Ok(Moment { pods, zones })
}

/// What was done to a zone, after its name.
pub(super) fn deed(state: ZoneState) -> &'static str {
    match state {
        ZoneState::Up => "back again",
        ZoneState::Cut => "cut off",
        ZoneState::Killed => "without power",
    }
}

/// What was seen until now.
struct Story {
    name: String,
    begun: Instant,
    moment: Option<Moment>,
    silence: Option<String>,
    /// When, since the beginning, and what.
    changes: Vec<(Duration, String)>,
}

impl Story {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            begun: Instant::now(),
            moment: None,
            silence: None,
            changes: Vec::new(),
        }
    }

    fn tell(&mut self, change: String) {
        self.changes.push((self.begun.elapsed(), change));
    }

    fn hear(&mut self, now: Moment) {
        if self.silence.take().is_some() {
            self.tell("the API server answers again".to_owned());
        }
        if let Some(before) = self.moment.take() {
            for (zone, state) in &now.zones {
                if before.zones.get(zone) != Some(state) {
                    self.tell(format!("zone {zone}: {}", deed(*state)));
                }
            }
            for change in now.pods.changes_since(&before.pods) {
                self.tell(change);
            }
        }
        self.moment = Some(now);
    }

    fn miss(&mut self, words: &str) {
        let line = words.lines().next().unwrap_or_default().to_owned();
        if self.silence.is_none() {
            self.tell(format!("no answer: {line}"));
        }
        self.silence = Some(line);
    }

    /// Heading and picture.
    fn picture(&self, style: Style) -> Vec<String> {
        let Some(moment) = &self.moment else {
            return Vec::new();
        };
        let mut heading = vec![format!("cluster {}", self.name), clock(self.begun.elapsed())];
        let lost = moment.zones.iter().filter(|(_, state)| **state != ZoneState::Up);
        heading.extend(lost.map(|(zone, state)| format!("zone {zone} {}", deed(*state))));
        let mut lines = vec![heading.join(", ")];
        if let Some(words) = &self.silence {
            lines.push(format!("no answer, what follows is old: {words}"));
        }
        lines.push(String::new());
        lines.extend(moment.pods.draw(style).lines().map(str::to_owned));
        lines
    }
}

fn clock(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

fn change_line((at, change): &(Duration, String)) -> String {
    format!("{:>6}  {change}", clock(*at))
}

/// Where the story is shown.
enum Output {
    /// Redrawn in place.
    Terminal { screen: Screen, style: Style },
    /// Once, then a line a change.
    Lines { begun: bool, style: Style },
}

impl Output {
    fn new() -> Self {
        let style = style();
        if io::stdout().is_terminal() {
            Self::Terminal {
                screen: Screen::default(),
                style,
            }
        } else {
            Self::Lines { begun: false, style }
        }
    }

    /// What was told on lines is forgotten, and so is what does not fit on the terminal.
    fn show(&mut self, story: &mut Story) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        match self {
            Self::Terminal { screen, style } => {
                let size = Size::of_terminal();
                let mut lines = story.picture(*style);
                let room = size.rows.saturating_sub(lines.len() + 2).min(CHANGES);
                let first = story.changes.len().saturating_sub(room);
                story.changes.drain(..first);
                lines.push(String::new());
                lines.extend(story.changes.iter().map(change_line));
                stdout.write_all(screen.frame(&lines, size).as_bytes())?;
            }
            Self::Lines { begun, style } => {
                if !*begun {
                    for line in story.picture(*style) {
                        writeln!(stdout, "{line}")?;
                    }
                }
                for change in story.changes.drain(..) {
                    writeln!(stdout, "{}", change_line(&change))?;
                }
                *begun = true;
            }
        }
        stdout.flush()
    }
}

#[cfg(test)]
mod tests {
    use cluster::zones::Node;

    use super::*;

    fn moment(ready: bool, state: ZoneState) -> Moment {
        let node = Node {
            name: "node-c1".to_owned(),
            zone: "c".to_owned(),
            ready,
            schedulable: true,
        };
        Moment {
            pods: PodsPerZone {
                nodes: vec![node],
                pods: Vec::new(),
            },
            zones: [("c".to_owned(), state)].into(),
        }
    }

    fn told(story: &Story) -> Vec<&str> {
        story.changes.iter().map(|(_, change)| change.as_str()).collect()
    }

    #[test]
    fn what_was_done_to_a_zone_is_told_before_the_api_server_knows() {
        let mut story = Story::new("default");
        story.hear(moment(true, ZoneState::Up));
        assert_eq!(told(&story), Vec::<&str>::new(), "the first look is no change");
        story.hear(moment(true, ZoneState::Cut));
        story.hear(moment(false, ZoneState::Cut));
        story.hear(moment(true, ZoneState::Up));
        assert_eq!(
            told(&story),
            [
                "zone c: cut off",
                "zone c: 1 node NotReady",
                "zone c: back again",
                "zone c: 1 node Ready"
            ]
        );
    }

    #[test]
    fn the_picture_says_what_is_lost_and_what_is_old() {
        let mut story = Story::new("default");
        story.hear(moment(true, ZoneState::Killed));
        story.miss("no route\nat all");
        story.miss("no route");
        let picture = story.picture(Style::Ascii);
        assert!(picture[0].starts_with("cluster default, 0:"), "{picture:?}");
        assert!(picture[0].ends_with(", zone c without power"), "{picture:?}");
        assert_eq!(
            picture[1..],
            [
                "no answer, what follows is old: no route",
                "",
                "no pods",
                "  zone c  no pod  1 node Ready"
            ]
        );
        story.hear(moment(true, ZoneState::Killed));
        assert_eq!(
            told(&story),
            ["no answer: no route", "the API server answers again"]
        );
    }

    #[test]
    fn the_clock_counts_minutes() {
        let change = (Duration::from_secs(125), "something".to_owned());
        assert_eq!(change_line(&change), "  2:05  something");
    }
}
