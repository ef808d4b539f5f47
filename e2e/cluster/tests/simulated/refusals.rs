//! Manifests with one thing wrong: what the server says to each, and what gate does.
//!
//! Each is an object of the production overlay, which the server accepts and in which gate finds nothing, with one
//! field changed; so the refusal is for that field.

use std::collections::BTreeSet;
use std::time::Instant;

use serde_json::{Value, json};

use crate::judgement;
use crate::objects::{find, render, text, with};
use crate::support::{Failure, Outcome, Stop, Suite, wait_until};
use crate::world::{World, own_manifest};

/// One thing wrong.
struct Wrong {
    what: &'static str,
    kind: &'static str,
    pointer: &'static str,
    value: Value,
    /// Words of the server's refusal; `None`: it accepts this.
    refusal: Option<&'static str>,
    /// The rules of gate that find it; none: there is no rule yet.
    rules: &'static [&'static str],
}

pub(crate) fn run(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    let world = &*world;
    let objects = suite.needed("production's objects are read", || {
        let mut objects = render(world, &world.overlay("production"))?;
        let pod = pod(find(&objects, "Deployment", "hello")?)?;
        objects.push(pod);
        Ok(objects)
    })?;
    let objects = &objects;
    suite.needed("the server accepts them as they are", || apply(world, objects))?;
    suite.needed("gate finds nothing in them", || {
        let found = judgement::findings(&text(objects), None)?;
        if found.is_empty() {
            Ok(())
        } else {
            Err(judgement::words(&found).into())
        }
    })?;
    admission(suite, world, objects)?;
    let all = wrongs();
    suite.parallel(all.iter().map(|wrong| {
        let check = || server(world, objects, wrong);
        let verdict = if wrong.refusal.is_some() {
            "refuses"
        } else {
            "ACCEPTS"
        };
        (format!("the server {verdict} {}", wrong.what), check)
    }));
    for wrong in &all {
        let found = suite.check(format!("gate on {}", wrong.what), || judged(objects, wrong));
        if let Some(found) = found {
            let server = if wrong.refusal.is_some() {
                "refused"
            } else {
                "accepted"
            };
            let gate = judgement::words(&found);
            suite.figure(wrong.what, format_args!("server: {server}; gate: {gate}"));
        }
    }
    Ok(())
}

/// The policy takes effect a moment after it is written.
fn admission(suite: &mut Suite, world: &World, objects: &[Value]) -> Result<(), Stop> {
    let floating = wrongs().into_iter().next().ok_or(Stop)?;
    suite.needed("the admission policy is accepted", || {
        let file = own_manifest("admission.yaml").display().to_string();
        world
            .kubectl
            .run(&["apply", "--server-side", "--validate=strict", "-f", &file])?;
        Ok(())
    })?;
    let written = Instant::now();
    suite.check("the server finds no fault in the policy's expressions", || {
        wait_until(&world.interrupt, 10, || {
            let policy =
                world
                    .kubectl
                    .json(&["get", "validatingadmissionpolicy", "workloads.example.test"])?;
            let checked = policy.pointer("/status/typeChecking").ok_or("not checked yet")?;
            if policy["status"]["observedGeneration"] != policy["metadata"]["generation"] {
                return Err("an earlier one was checked".into());
            }
            match checked.get("expressionWarnings") {
                None => Ok(()),
                Some(warnings) => Err(warnings.to_string().into()),
            }
        })
    });
    suite.needed("the admission policy takes effect", || {
        wait_until(&world.interrupt, 20, || server(world, objects, &floating))
    })?;
    let took = written.elapsed().as_secs_f64();
    suite.figure(
        "an admission policy takes effect after",
        format_args!("{took:.1} s"),
    );
    suite.check("the server still accepts production as it is", || {
        apply(world, objects)
    });
    Ok(())
}

fn wrongs() -> Vec<Wrong> {
    let mut all = pods();
    all.extend(workloads());
    all.extend(edge());
    all
}

fn pods() -> Vec<Wrong> {
    const IMAGE: &str = "/spec/template/spec/containers/0/image";
    vec![
        Wrong {
            what: "an image by the tag latest",
            kind: "Deployment",
            pointer: IMAGE,
            value: json!("registry.example.test/hello:latest"),
            refusal: Some("image without a fixed tag: registry.example.test/hello:latest"),
            rules: &["floating-tag"],
        },
        Wrong {
            what: "an image by the digest sha256:zz",
            kind: "Deployment",
            pointer: IMAGE,
            value: json!("registry.example.test/hello:v1@sha256:zz"),
            refusal: None,
            rules: &["malformed-image"],
        },
        Wrong {
            what: "a container without a memory limit",
            kind: "Deployment",
            pointer: "/spec/template/spec/containers/0/resources/limits",
            value: json!({}),
            refusal: Some("every container needs a memory limit"),
            rules: &[],
        },
        Wrong {
            what: "a privileged container",
            kind: "Pod",
            pointer: "/spec/containers/0/securityContext",
            value: json!({
                "privileged": true,
                "readOnlyRootFilesystem": true,
                "capabilities": { "drop": ["ALL"] },
            }),
            refusal: Some("violates PodSecurity \"restricted:latest\": privileged"),
            rules: &["privilege-escalation", "privileged-container"],
        },
    ]
}

fn workloads() -> Vec<Wrong> {
    vec![
        Wrong {
            what: "a misspelt field",
            kind: "Deployment",
            pointer: "/spec/replicsa",
            value: json!(9),
            refusal: Some("unknown field \"spec.replicsa\""),
            rules: &[],
        },
        Wrong {
            what: "a misspelt field of a container",
            kind: "Deployment",
            pointer: "/spec/template/spec/containers/0/readynessProbe",
            value: json!({}),
            refusal: Some("unknown field \"spec.template.spec.containers[0].readynessProbe\""),
            rules: &[],
        },
        Wrong {
            what: "a value out of range",
            kind: "Deployment",
            pointer: "/spec/template/spec/topologySpreadConstraints/0/maxSkew",
            value: json!(0),
            refusal: Some(
                "topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
            ),
            rules: &[],
        },
        Wrong {
            what: "minDomains with ScheduleAnyway",
            kind: "Deployment",
            pointer: "/spec/template/spec/topologySpreadConstraints/1/minDomains",
            value: json!(3),
            refusal: Some(
                "topologySpreadConstraints[1].minDomains: Invalid value: 3: can only use minDomains",
            ),
            rules: &[],
        },
        Wrong {
            what: "a selector that misses the pods",
            kind: "Deployment",
            pointer: "/spec/selector/matchLabels",
            value: json!({ "app.kubernetes.io/name": "other" }),
            refusal: Some("`selector` does not match template `labels`"),
            rules: &[],
        },
        Wrong {
            what: "a request above its limit",
            kind: "Deployment",
            pointer: "/spec/template/spec/containers/0/resources/requests/memory",
            value: json!("2Gi"),
            refusal: Some("requests: Invalid value: \"2Gi\": must be less than or equal to memory limit"),
            rules: &[],
        },
    ]
}

fn edge() -> Vec<Wrong> {
    vec![
        Wrong {
            what: "tls without certificateRefs",
            kind: "Gateway",
            pointer: "/spec/listeners/1/tls",
            value: json!({ "mode": "Terminate" }),
            refusal: Some("certificateRefs or options must be specified when mode is Terminate"),
            rules: &[],
        },
        Wrong {
            what: "a check longer than its interval",
            kind: "HealthCheckPolicy",
            pointer: "/spec/default/timeoutSec",
            value: json!(9),
            refusal: Some("timeoutSec must not be longer than checkIntervalSec"),
            rules: &[],
        },
        Wrong {
            what: "port with USE_SERVING_PORT",
            kind: "HealthCheckPolicy",
            pointer: "/spec/default/config/httpHealthCheck/port",
            value: json!(8080),
            refusal: Some("USE_SERVING_PORT goes without port"),
            rules: &[],
        },
        Wrong {
            what: "the placeholder HOST",
            kind: "HTTPRoute",
            pointer: "/spec/hostnames/0",
            value: json!("HOST"),
            refusal: Some("spec.hostnames[0]: Invalid value: \"HOST\""),
            rules: &[],
        },
        Wrong {
            what: "a misspelt field of a custom resource",
            kind: "GCPBackendPolicy",
            pointer: "/spec/default/timeoutSecs",
            value: json!(10),
            refusal: Some("unknown field \"spec.default.timeoutSecs\""),
            rules: &[],
        },
    ]
}

impl Wrong {
    fn object(&self, objects: &[Value]) -> Outcome<Value> {
        with(
            find(objects, self.kind, "hello")?,
            self.pointer,
            self.value.clone(),
        )
    }
}

/// A pod as the Deployment would make it: Pod Security refuses pods, and only warns of what makes them.
fn pod(deployment: &Value) -> Outcome<Value> {
    let template = &deployment["spec"]["template"];
    let namespace = deployment["metadata"]["namespace"]
        .as_str()
        .ok_or("no namespace")?;
    Ok(json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": "hello", "namespace": namespace, "labels": template["metadata"]["labels"] },
        "spec": template["spec"],
    }))
}

/// Applies copies under a name that is not there yet, so that nothing is merged. All of admission runs, and nothing is
/// stored.
fn apply(world: &World, objects: &[Value]) -> Result<String, Failure> {
    let copies: Result<Vec<_>, _> = objects
        .iter()
        .map(|object| with(object, "/metadata/name", json!("trial")))
        .collect();
    let apply = ["apply", "--dry-run=server", "--validate=strict", "-f", "-"];
    Ok(world.kubectl.run_with_input(&apply, &text(&copies?))?)
}

fn server(world: &World, objects: &[Value], wrong: &Wrong) -> Outcome {
    let object = wrong.object(objects)?;
    match (apply(world, &[object]), wrong.refusal) {
        (Ok(_), None) => Ok(()),
        (Ok(said), Some(_)) => Err(format!("it was accepted: {said}").into()),
        (Err(failure), None) => Err(failure),
        (Err(failure), Some(refusal)) if failure.to_string().contains(refusal) => Ok(()),
        (Err(failure), Some(refusal)) => Err(format!("not with `{refusal}`: {failure}").into()),
    }
}

/// What gate finds in all of production's objects with the wrong one in its place.
fn judged(objects: &[Value], wrong: &Wrong) -> Outcome<BTreeSet<&'static str>> {
    let changed = wrong.object(objects)?;
    let same = |object: &&Value| object["kind"] != wrong.kind || object["metadata"]["name"] != "hello";
    let mut objects: Vec<_> = objects.iter().filter(same).cloned().collect();
    objects.push(changed);
    let found = judgement::findings(&text(&objects), None)?;
    let wanted: BTreeSet<_> = wrong.rules.iter().copied().collect();
    if found == wanted {
        Ok(found)
    } else {
        let (found, wanted) = (judgement::words(&found), judgement::words(&wanted));
        Err(format!("`{found}`, and not `{wanted}`").into())
    }
}
