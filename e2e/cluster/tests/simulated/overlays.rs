//! The overlays: rendered, applied by their robots and by hand, compared, put right.

use crate::objects::render;
use crate::placement::{Application, Expected, settle};
use crate::support::{Outcome, Stop, Suite, wait_until};
use crate::world::{DEPLOYED, World};

const OVERLAYS: [&str; 5] = [
    "local",
    "staging",
    "production",
    "staging/tenancy",
    "production/tenancy",
];

/// As the robot applies: with a field manager of its own, and over what anyone else has changed since.
const AS_ROBOT: [&str; 3] = ["--server-side", "--field-manager=deploy", "--force-conflicts"];

pub(crate) fn run(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    let world = &*world;
    renders(suite, world)?;
    let robots = suite.needed("each tenancy names its robot", || robots(world))?;
    let deployments: Vec<_> = DEPLOYED.into_iter().zip(&robots).collect();
    first_time(suite, world, &deployments)?;
    spread_over_zones(suite, world);
    by_hand_as_well(suite, world, &deployments);
    put_right(suite, world, &robots[1]);
    Ok(())
}

fn renders(suite: &mut Suite, world: &World) -> Result<(), Stop> {
    let all = suite.parallel(OVERLAYS.map(|overlay| {
        let check = move || -> Outcome {
            let objects = render(world, &world.overlay(overlay))?;
            let text = crate::objects::text(&objects);
            let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            let placeholder = ["ENVIRONMENT", "HOST", "ROBOT"];
            match words.into_iter().find(|word| placeholder.contains(word)) {
                None => Ok(()),
                Some(left) => Err(format!("the placeholder `{left}` is left").into()),
            }
        };
        (format!("{overlay} renders, with no placeholder left"), check)
    }));
    if all { Ok(()) } else { Err(Stop) }
}

fn robots(world: &World) -> Outcome<Vec<String>> {
    let robots = DEPLOYED.map(|environment| {
        let robot = world.robot(environment)?;
        let right = robot.starts_with(&format!("hello-{environment}@"))
            && robot.ends_with(".iam.gserviceaccount.com");
        if right {
            Ok(robot)
        } else {
            Err(format!("`{robot}` is not {environment}'s account").into())
        }
    });
    robots.into_iter().collect()
}

/// An administrator's part, then the robot's: work to do, done, nothing to do.
fn first_time(suite: &mut Suite, world: &World, deployments: &[(&str, &String)]) -> Result<(), Stop> {
    let each = |words: &str, check: fn(&World, &str, &str) -> Outcome| {
        let checks = deployments.iter().map(|(environment, robot)| {
            let check = move || check(world, environment, robot);
            (format!("{environment}: {words}"), check)
        });
        checks.collect::<Vec<_>>()
    };
    let mut ready = suite.parallel(each("an administrator applies the tenancy", tenancy));
    ready &= suite.parallel(each("the robot's diff says that there is work", there_is_work));
    ready &= suite.parallel(each("the robot applies, strictly validated", applies));
    ready &= suite
        .check(
            "local: an administrator applies it with `kubectl apply -k`",
            || by_hand(world, "local"),
        )
        .is_some();
    if !ready {
        return Err(Stop);
    }
    let mut rollouts = each("the robot sees it rolled out", |world, environment, robot| {
        rolled_out(world, environment, &["--as", robot])
    });
    rollouts.extend(each("the robot's second diff is empty", nothing_to_do));
    let mut ready = suite.parallel(rollouts);
    ready &= suite
        .check("local: rolled out", || rolled_out(world, "local", &[]))
        .is_some();
    suite.parallel(["local", "staging/tenancy", "production/tenancy"].map(|overlay| {
        let check = move || expect_diff(world, &["diff", "-k", &world.overlay(overlay)], None);
        (format!("{overlay}: a second diff is empty"), check)
    }));
    if ready { Ok(()) } else { Err(Stop) }
}

fn spread_over_zones(suite: &mut Suite, world: &World) {
    let expected = ["local", "staging", "production"].map(|environment| {
        let spread = if environment == "production" {
            "a=3 b=3 c=3"
        } else {
            "a=1 b=1 c=1"
        };
        let check = format!("{environment}: {spread}");
        Expected::new(check, Application::hello(environment), &[spread], 20)
    });
    let seen = settle(world, suite, &expected);
    if let Some(Some((spread, _))) = seen.last() {
        suite.figure("pods per zone, production", spread);
    }
}

/// What a person does without the robot changes nothing, and leaves the robot nothing to do.
fn by_hand_as_well(suite: &mut Suite, world: &World, deployments: &[(&str, &String)]) {
    suite.parallel(
        OVERLAYS
            .into_iter()
            .filter(|overlay| *overlay != "local")
            .map(|overlay| {
                let check = move || by_hand(world, overlay);
                (
                    format!("{overlay}: plain `kubectl apply -k` is accepted, strictly validated"),
                    check,
                )
            }),
    );
    suite.parallel(deployments.iter().map(|(environment, robot)| {
        let check = move || nothing_to_do(world, environment, robot);
        (format!("{environment}: the robot's diff is still empty"), check)
    }));
}

fn put_right(suite: &mut Suite, world: &World, robot: &str) {
    const IMAGE: &str = "hello=registry.example.test/hello:by-hand";
    suite.check("production: somebody sets another image by hand", || {
        let set = [
            "-n",
            "hello-production",
            "set",
            "image",
            "deployment/hello",
            IMAGE,
        ];
        world.kubectl.run(&set)?;
        Ok(())
    });
    suite.check("production: the robot's diff shows it", || {
        let differs = Some("-        image: registry.example.test/hello:by-hand");
        expect_diff(world, &diff(world, "production", robot), differs)
    });
    suite.check("production: the robot puts it right", || {
        applies(world, "production", robot)
    });
    suite.check("production: the diff is empty again", || {
        nothing_to_do(world, "production", robot)
    });
    suite.check("production: rolled out again", || {
        rolled_out(world, "production", &["--as", robot])
    });
    let hello = Application::hello("production");
    let expected = Expected::new("production: 3/3/3 again", hello, &["a=3 b=3 c=3"], 20);
    settle(world, suite, &[expected]);
}

fn tenancy(world: &World, environment: &str, _: &str) -> Outcome {
    let folder = world.overlay(&format!("{environment}/tenancy"));
    let apply = ["apply", "--server-side", "--validate=strict", "-k", &folder];
    world.kubectl.run(&apply)?;
    // Pods are refused until the namespace has it.
    let namespace = format!("hello-{environment}");
    let account = ["-n", &namespace, "get", "serviceaccount", "default"];
    wait_until(&world.interrupt, 20, || Ok(world.kubectl.run(&account)?))?;
    Ok(())
}

fn there_is_work(world: &World, environment: &str, robot: &str) -> Outcome {
    expect_diff(world, &diff(world, environment, robot), Some("+kind: Deployment"))
}

fn nothing_to_do(world: &World, environment: &str, robot: &str) -> Outcome {
    expect_diff(world, &diff(world, environment, robot), None)
}

fn diff(world: &World, environment: &str, robot: &str) -> Vec<String> {
    let folder = world.overlay(environment);
    let words = ["--as", robot, "diff", "-k", &folder].into_iter().chain(AS_ROBOT);
    words.map(str::to_owned).collect()
}

/// Ends with 0 where there is no difference, with 1 where there is one; anything else is a failure of its own.
fn expect_diff(world: &World, arguments: &[impl AsRef<str>], difference: Option<&str>) -> Outcome {
    let arguments: Vec<_> = arguments.iter().map(AsRef::as_ref).collect();
    let output = world.kubectl.outcome(&arguments, "")?;
    let text = output.text();
    match (output.status.code(), difference) {
        (Some(0), None) => Ok(()),
        (Some(1), Some(line)) if text.lines().any(|found| found == line) => Ok(()),
        (Some(0), Some(line)) => Err(format!("the diff is empty, where `{line}` should stand").into()),
        (Some(1), Some(line)) => Err(format!("the diff has no `{line}`\n{text}").into()),
        (Some(1), None) => Err(format!("the diff is not empty\n{text}").into()),
        _ => Err(format!("`kubectl diff` failed: {}", output.words()).into()),
    }
}

fn applies(world: &World, environment: &str, robot: &str) -> Outcome {
    let folder = world.overlay(environment);
    let words = ["apply", "--validate=strict", "-k", &folder];
    let words: Vec<_> = words.into_iter().chain(AS_ROBOT).collect();
    world.kubectl.run_as(robot, &words)?;
    Ok(())
}

fn by_hand(world: &World, overlay: &str) -> Outcome {
    let folder = world.overlay(overlay);
    world
        .kubectl
        .run(&["apply", "--validate=strict", "-k", &folder])?;
    Ok(())
}

/// Waits until the newest version of an environment runs, as the user that these options name.
pub(crate) fn rolled_out(world: &World, environment: &str, user: &[&str]) -> Outcome {
    let namespace = format!("hello-{environment}");
    let status = [
        "-n",
        &namespace,
        "rollout",
        "status",
        "deployment/hello",
        "--timeout=120s",
    ];
    let words: Vec<_> = user.iter().copied().chain(status).collect();
    world.kubectl.run(&words)?;
    Ok(())
}

/// Starts new pods of an environment, and waits for them.
pub(crate) fn restart(world: &World, environment: &str) -> Outcome {
    let namespace = format!("hello-{environment}");
    let restart = ["-n", &namespace, "rollout", "restart", "deployment/hello"];
    world.kubectl.run(&restart)?;
    rolled_out(world, environment, &[])
}
