//! What a container may do, seen from its node: in `/proc` of the process itself, not in what the manifests say.

use crate::state::Pod;
use crate::support::{Outcome, Stop, Suite};
use crate::world::{PRODUCTION, STAGING, World};

/// Prints, for each process of the service in a node, what the kernel says of it, and what becomes of a write to its
/// root by the node's own root user, whom only a read-only mount can stop.
const LOOK: &str = r#"
export LC_ALL=C
for process in /proc/[0-9]*; do
  [ "$(cat "$process/comm" 2>/dev/null)" = hello ] || continue
  echo "process $process"
  cat "$process/cgroup" "$process/status"
  echo "mounts: $(cut -d' ' -f2 "$process/mounts" | tr '\n' ' ')"
  if words=$(touch "$process/root/written" 2>&1); then
    rm "$process/root/written"
    echo "write: done"
  else
    echo "write: $words"
  fi
done
"#;

/// The user and group that the manifests ask for.
const USER: &str = "65532 65532 65532 65532";

/// A process of the service.
struct Process {
    pod: String,
    /// What was printed of it.
    lines: Vec<String>,
}

impl Process {
    /// The words after `NAME:`.
    fn fact(&self, name: &str) -> Option<String> {
        let mut lines = self.lines.iter();
        let rest = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        Some(rest.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// Something that is claimed of every process.
struct Claim {
    words: &'static str,
    facts: &'static [&'static str],
    holds: fn(&str) -> bool,
}

const CLAIMS: [Claim; 6] = [
    Claim {
        words: "user and group are 65532",
        facts: &["Uid", "Gid"],
        holds: |fact| fact == USER,
    },
    Claim {
        words: "there is no capability, in no set",
        facts: &["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"],
        holds: |fact| !fact.is_empty() && fact.bytes().all(|digit| digit == b'0'),
    },
    Claim {
        words: "no program can gain privileges",
        facts: &["NoNewPrivs"],
        holds: |fact| fact == "1",
    },
    Claim {
        words: "a seccomp filter is on",
        facts: &["Seccomp"],
        holds: |fact| fact == "2",
    },
    Claim {
        words: "even root of the node cannot write to the root filesystem: it is read-only",
        facts: &["write"],
        holds: |fact| fact.ends_with("Read-only file system"),
    },
    Claim {
        words: "no service account token is mounted",
        facts: &["mounts"],
        holds: |fact| fact.contains("/etc/hosts") && !fact.contains("secrets"),
    },
];

pub(crate) fn run(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    let pods = suite.needed("the pods of both environments are known", || {
        let mut pods = world.pods(PRODUCTION)?;
        pods.extend(world.pods(STAGING)?);
        Ok(pods)
    })?;
    let processes = suite.needed("each pod has one process on its node", || find(world, &pods))?;
    for claim in CLAIMS {
        suite.check(claim.words, || held(&claim, &processes));
    }
    suite.figure("containers looked into", processes.len());
    Ok(())
}

/// The processes of these pods, one each.
fn find(world: &World, pods: &[Pod]) -> Outcome<Vec<Process>> {
    let mut found = Vec::new();
    for node in world.zones.keys() {
        let text = world.in_node(node, &["sh", "-c", LOOK])?;
        for part in text.split("process /proc/").skip(1) {
            let lines: Vec<String> = part.lines().map(str::to_owned).collect();
            let owner = pods
                .iter()
                .find(|pod| pod.node == *node && lines.iter().any(|line| line.contains(&pod.uid)));
            let owner = owner.ok_or_else(|| format!("a process in {node} is of none of the pods"))?;
            found.push(Process {
                pod: owner.name.clone(),
                lines,
            });
        }
    }
    let without = pods
        .iter()
        .find(|pod| !found.iter().any(|process| process.pod == pod.name));
    match without {
        Some(pod) => Err(format!("{} has no process on {}", pod.name, pod.node).into()),
        None if found.len() != pods.len() => {
            Err(format!("{} processes of {} pods", found.len(), pods.len()).into())
        }
        None => Ok(found),
    }
}

fn held(claim: &Claim, processes: &[Process]) -> Outcome {
    for process in processes {
        for name in claim.facts {
            let fact = process.fact(name).unwrap_or_default();
            if !(claim.holds)(&fact) {
                return Err(format!("{}: {name} is `{fact}`", process.pod).into());
            }
        }
    }
    Ok(())
}
