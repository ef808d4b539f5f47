//! The account as a person reads it.

use std::fmt;
use std::time::Duration;

use super::account::Account;
use super::cause::{Cause, Phase};
use crate::plain::plain;

/// Starts that are later than this tell of a machine that is too busy to be believed.
const LATE: Duration = Duration::from_millis(100);

/// Seconds with losses on one line.
const SECONDS_A_LINE: usize = 8;

impl fmt::Display for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_secs_f64();
        writeln!(
            formatter,
            "{}: {}, {seconds:.1} s",
            plain(&self.url),
            self.connections
        )?;
        writeln!(formatter, "  sent      {:>8}", self.sent)?;
        write!(formatter, "  answered  {:>8}", self.answered)?;
        if let Some(latency) = self.latency {
            let [p50, p99, max] = [latency.p50, latency.p99, latency.max].map(short);
            write!(
                formatter,
                "   half within {p50}, 99 of 100 within {p99}, all within {max}"
            )?;
        }
        write!(formatter, "\n  lost      {:>8}", self.lost.len())?;
        if let (Some(first), Some(last)) = (self.first_loss, self.last_loss) {
            let (first, last) = (first.as_secs_f64(), last.as_secs_f64());
            write!(
                formatter,
                "   started {first:.1} s to {last:.1} s after the start"
            )?;
        }
        writeln!(formatter)?;
        self.losses(formatter)?;
        self.connection_facts(formatter)?;
        self.sources(formatter)
    }
}

impl Account {
    fn losses(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut kinds: Vec<(&Cause, Phase, usize)> = Vec::new();
        for lost in &self.lost {
            match kinds
                .iter_mut()
                .find(|(cause, phase, _)| (*cause, *phase) == (&lost.cause, lost.phase))
            {
                Some((_, _, count)) => *count += 1,
                None => kinds.push((&lost.cause, lost.phase, 1)),
            }
        }
        kinds.sort_by(|one, other| other.2.cmp(&one.2).then(one.cmp(other)));
        for (cause, phase, count) in kinds {
            match cause {
                Cause::Status(_) => writeln!(formatter, "            {count:>8}   {cause}")?,
                _ => writeln!(
                    formatter,
                    "            {count:>8}   {} {phase}",
                    plain(&cause.to_string())
                )?,
            }
        }
        let seconds: Vec<String> = self
            .lost_per_second
            .iter()
            .map(|(at, count)| format!("{at} s: {count}"))
            .collect();
        for (number, line) in seconds.chunks(SECONDS_A_LINE).enumerate() {
            let heading = if number == 0 { "lost by second" } else { "" };
            writeln!(formatter, "  {heading:<14}   {}", line.join("  "))?;
        }
        Ok(())
    }

    fn connection_facts(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.kept_connections_made > 0;
        if kept {
            writeln!(
                formatter,
                "  connections made {}, answers with `Connection: close` {}, closed by the server at rest {}",
                self.kept_connections_made, self.connection_close, self.closed_at_rest
            )?;
        }
        if self.latest_start > LATE {
            let late = short(self.latest_start);
            let whose = if kept { "no connection was free, or " } else { "" };
            writeln!(
                formatter,
                "  note: requests started up to {late} late: {whose}this machine was busy"
            )?;
        }
        if self.stalled > LATE {
            let stalled = short(self.stalled);
            writeln!(
                formatter,
                "  note: this process had to wait {stalled} in all for a processor; latencies include that"
            )?;
        }
        Ok(())
    }

    fn sources(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answers: Vec<[String; 4]> = self
            .answers
            .iter()
            .map(|(kind, count)| {
                let place = self.places.get(kind).cloned().unwrap_or_default();
                let known = |fact: Option<String>| fact.map_or_else(String::new, |fact| plain(&fact));
                [
                    count.to_string(),
                    plain(kind),
                    known(place.node),
                    known(place.zone),
                ]
            })
            .collect();
        if answers.is_empty() {
            return Ok(());
        }
        let headings = ["answers", "from", "node", "zone"].map(str::to_owned);
        let width = |column: usize| {
            let cells = answers
                .iter()
                .chain([&headings])
                .filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let [first, second, third] = [width(0), width(1), width(2)];
        for [count, kind, node, zone] in [&headings].into_iter().chain(&answers) {
            let line = format!("  {count:>first$}  {kind:<second$}  {node:<third$}  {zone}");
            writeln!(formatter, "{}", line.trim_end())?;
        }
        if !self.per_zone.is_empty() {
            let zones: Vec<String> = self
                .per_zone
                .iter()
                .map(|(zone, count)| format!("{}: {count}", plain(zone)))
                .collect();
            writeln!(formatter, "  answers by zone  {}", zones.join("  "))?;
        }
        Ok(())
    }
}

/// Two digits that count, in the unit that suits.
fn short(duration: Duration) -> String {
    let milliseconds = duration.as_secs_f64() * 1000.0;
    match milliseconds {
        0.0..10.0 => format!("{milliseconds:.1} ms"),
        10.0..1000.0 => format!("{milliseconds:.0} ms"),
        _ => format!("{:.1} s", milliseconds / 1000.0),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::traffic::{Latency, Lost, Place};

    fn lost(at: u64, cause: Cause, phase: Phase) -> Lost {
        Lost {
            at: Duration::from_millis(at),
            took: Duration::from_secs(5),
            cause,
            phase,
            port: Some(40_000),
        }
    }

    fn account() -> Account {
        let mut losses: Vec<Lost> = (5..17)
            .map(|at| lost(at * 1000, Cause::Timeout, Phase::Connecting))
            .collect();
        losses.push(lost(17_000, Cause::Refused, Phase::Connecting));
        losses.push(lost(17_200, Cause::Status(503), Phase::Answer));
        losses.push(lost(
            17_400,
            Cause::Other("odd \u{1b}[2J".to_owned()),
            Phase::Answer,
        ));
        let place = |node: &str, zone: &str| Place {
            node: Some(node.to_owned()),
            zone: Some(zone.to_owned()),
        };
        Account {
            url: "http://10.0.0.2:30080/version".to_owned(),
            connections: "200 new connections a second".to_owned(),
            took: Duration::from_millis(60_040),
            sent: 12_000,
            answered: 11_985,
            causes: BTreeMap::new(),
            lost_per_second: (5..17).map(|at| (at, 1)).chain([(17, 3)]).collect(),
            first_loss: losses.first().map(|lost| lost.at),
            last_loss: losses.last().map(|lost| lost.at),
            lost: losses,
            latency: Some(Latency {
                p50: Duration::from_micros(412),
                p99: Duration::from_micros(12_800),
                max: Duration::from_millis(1010),
            }),
            answers: [("hello-7d9-x2", 6000), ("hello-7d9-\u{202e}x3", 5985)]
                .map(|(pod, count)| (pod.to_owned(), count))
                .into(),
            places: [("hello-7d9-x2".to_owned(), place("node-a1", "a"))].into(),
            per_zone: [("a".to_owned(), 6000)].into(),
            connection_close: 0,
            kept_connections_made: 0,
            closed_at_rest: 0,
            latest_start: Duration::from_millis(3),
            stalled: Duration::from_millis(20),
        }
    }

    #[test]
    fn a_person_reads_what_was_lost_and_where_from_answers_came() {
        insta::assert_snapshot!(account());
    }

    #[test]
    fn kept_connections_and_a_busy_machine_are_told() {
        let kept = Account {
            lost: Vec::new(),
            lost_per_second: BTreeMap::new(),
            first_loss: None,
            last_loss: None,
            kept_connections_made: 14,
            connection_close: 4,
            closed_at_rest: 1,
            latest_start: Duration::from_millis(340),
            stalled: Duration::from_millis(2500),
            ..account()
        };
        insta::assert_snapshot!(kept);
    }

    #[test]
    fn json_has_numbers_in_seconds_and_causes_in_words() {
        let value = serde_json::to_value(account()).unwrap();
        insta::assert_snapshot!(serde_json::to_string_pretty(&value["lost"][13]).unwrap());
        assert_eq!(value["seconds"], 60.04);
        assert_eq!(value["latency"]["p50_ms"], 0.412);
        assert_eq!(value["first_loss"], 5.0);
    }
}
