//! A zone is lost and its Node objects are deleted, as a cloud does with machines that are gone.

use std::time::Instant;

use serde_json::Value;

use crate::objects::text;
use crate::placement::{Expected, nine_in_two, settle};
use crate::spreads::{self, Spread};
use crate::support::{Outcome, Stop, Suite};
use crate::world::{LOST, LOST_NODES, World};

pub(crate) fn run(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    let world = &*world;
    spreads::begin(world, suite)?;
    let nodes = suite.needed("the zone has Node objects", || nodes(world))?;
    suite.needed("the zone is lost", || Ok(world.cluster.zone_cut(LOST)?))?;
    suite.needed("its Node objects are deleted", || {
        Ok(world.kubectl.run(&["delete", "nodes", "-l", LOST_NODES])?)
    })?;
    let lost = Instant::now();
    let expected = after_the_loss();
    let seen = settle(world, suite, &expected);
    for (expected, seen) in expected.iter().zip(seen) {
        if let Some((spread, _)) = seen {
            suite.figure(&expected.check, spread);
        }
    }
    suite.figure(
        "Node objects deleted: their pods are gone after",
        format_args!("{:.0} s", lost.elapsed().as_secs_f64()),
    );
    suite.needed("the zone returns with new nodes", || {
        world.cluster.zone_mend(LOST)?;
        world
            .kubectl
            .run_with_input(&["apply", "-f", "-"], &text(&nodes))?;
        Ok(())
    })?;
    let returned = [Spread::Minimum, Spread::HonorMinimum].map(|spread| {
        let check = format!("returned: {}: 3/3/3", spread.words());
        Expected::new(check, spread.application(), &["a=3 b=3 c=3"], 60)
    });
    settle(world, suite, &returned);
    Ok(())
}

/// As they would register themselves.
fn nodes(world: &World) -> Outcome<Vec<Value>> {
    let list = world.kubectl.json(&["get", "nodes", "-l", LOST_NODES])?;
    let mut nodes = list["items"].as_array().cloned().ok_or("no list of nodes")?;
    for node in &mut nodes {
        if let Some(metadata) = node["metadata"].as_object_mut() {
            metadata.retain(|key, _| ["name", "labels", "annotations"].contains(&key.as_str()));
        }
        node["spec"] = Value::Object(serde_json::Map::new());
    }
    if nodes.len() == 3 {
        Ok(nodes)
    } else {
        Err(format!("{} nodes", nodes.len()).into())
    }
}

fn after_the_loss() -> Vec<Expected> {
    let all = spreads::ALL.into_iter().map(|spread| Expected {
        check: format!("Node objects deleted: {}", spread.words()),
        application: spread.application(),
        spreads: match spread {
            Spread::Minimum | Spread::HonorMinimum => vec!["a=3 b=3 -/Pending=3".to_owned()],
            _ => nine_in_two(""),
        },
        within: 120,
    });
    all.collect()
}
