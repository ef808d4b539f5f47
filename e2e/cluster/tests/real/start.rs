//! The image and the overlays as they are, and the first pods.

use std::path::Path;
use std::time::Instant;

use crate::journal::Step;
use crate::state::{self, Pod};
use crate::support::{Outcome, Stop, Suite};
use crate::world::{NODE_PORT, PODS, PRODUCTION, World, overlay};

/// The layout that `cargo xtask image` makes.
const LAYOUT: &str = "target/image/hello";

/// The suite's own way in: the load balancer of the overlays is Google's.
fn way_in() -> String {
    format!(
        r#"{{"apiVersion": "v1", "kind": "Service", "metadata": {{"name": "suite", "namespace": "{PRODUCTION}"}}, "spec": {{
        "type": "NodePort", "selector": {{"app.kubernetes.io/name": "hello"}},
        "ports": [{{"port": 80, "targetPort": "http", "nodePort": {NODE_PORT}}}]}}}}"#
    )
}

pub(crate) fn run(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    let image = suite.needed("both overlays pin the same image by digest", || pinned(world))?;
    suite.needed(
        "that image is the one that `cargo xtask image` made, and every node has it",
        || loaded(world, &image),
    )?;
    let began = Instant::now();
    let (known, image) = (&*world, image.as_str());
    let environments = [
        (
            "production: taken as it is; nine pods Ready, three in each zone, by that digest",
            "a 3, b 3, c 3",
        ),
        (
            "staging: taken as it is; three pods Ready, one in each zone, by that digest",
            "a 1, b 1, c 1",
        ),
    ];
    let checks = environments.map(|(words, spread)| {
        let environment = words.split(':').next().unwrap_or_default();
        (words, move || settled(known, environment, spread, image))
    });
    if !suite.parallel(checks) {
        return Err(Stop);
    }
    let took = began.elapsed();
    suite.needed("requests from outside reach all nine", || {
        world.kubectl.apply_text(&way_in())?;
        answers(world)
    })?;
    let step = Step::of("start: both overlays applied")
        .took(took)
        .pods(world.spread_now().unwrap_or_default());
    world.journal.note(suite, step);
    Ok(())
}

fn pinned(world: &World) -> Outcome<String> {
    let production = state::rendered_image(&world.kubectl, &overlay("production"))?;
    let staging = state::rendered_image(&world.kubectl, &overlay("staging"))?;
    if production != staging {
        return Err(format!("production: {production}\nstaging: {staging}").into());
    }
    if production.contains("@sha256:") {
        return Ok(production);
    }
    Err(format!("`{production}` has no digest").into())
}

fn loaded(world: &World, image: &str) -> Outcome {
    let layout = Path::new(LAYOUT);
    if !layout.join("index.json").is_file() {
        return Err(format!("there is no image at {LAYOUT}: run `cargo xtask image`").into());
    }
    let (reference, digest) = image.split_once('@').ok_or("no digest")?;
    let name = reference.rsplit_once(':').map_or(reference, |(name, _tag)| name);
    let made = world.cluster.load_image(layout, name)?;
    if made == digest {
        return Ok(());
    }
    Err(format!(
        "{LAYOUT} is {made}, the overlays pin {digest}: run `cargo xtask image` at the release that they name"
    )
    .into())
}

/// Applies what an administrator and the pipeline do. The rollout is complete, and its pods are where and what they
/// should be.
fn settled(world: &World, environment: &str, spread: &str, image: &str) -> Outcome {
    let apply = |folder: &str| {
        world.until(10, || {
            Ok(world.kubectl.run(&["apply", "-k", &overlay(folder)])?)
        })
    };
    apply(&format!("{environment}/tenancy"))?;
    apply(environment)?;
    let namespace = format!("hello-{environment}");
    world.rolled_out(&namespace)?;
    let pods = world.pods(&namespace)?;
    let found = world.spread(&pods);
    if found != spread {
        return Err(format!("ready pods by zone: {found}").into());
    }
    let digest = image.rsplit('@').next().unwrap_or(image);
    let by_digest = |pod: &&Pod| pod.image != image || !pod.image_id.ends_with(digest);
    match pods.iter().find(by_digest) {
        Some(pod) => Err(format!("{} runs {} ({})", pod.name, pod.image, pod.image_id).into()),
        None => Ok(()),
    }
}

/// Requests until each of nine pods has answered; each connection meets any of them.
fn answers(world: &World) -> Outcome {
    world.until(20, || {
        let traffic = world.send_new(200)?;
        std::thread::sleep(std::time::Duration::from_secs(1));
        let account = traffic.stop();
        if account.answers.len() == PODS && account.lost.is_empty() {
            return Ok(());
        }
        Err(format!(
            "answers by pod: {:?}, lost: {:?}",
            account.answers, account.causes
        )
        .into())
    })
}
