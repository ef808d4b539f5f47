//! The robot may do what deploying needs, and nothing else: by the server's own account of its rights over everything
//! that the server has, and by doing.

use std::collections::BTreeSet;

use cluster::KubectlError;

use crate::rules::{self, Right};
use crate::support::{Outcome, Stop, Suite};
use crate::world::{DEPLOYED, World};

/// What an overlay holds, by API group: the robot may do all of the second list to them.
const DEPLOYS: [(&str, &str); 10] = [
    ("", "serviceaccounts"),
    ("", "services"),
    ("apps", "deployments"),
    ("gateway.networking.k8s.io", "gateways"),
    ("gateway.networking.k8s.io", "httproutes"),
    ("networking.gke.io", "gcpbackendpolicies"),
    ("networking.gke.io", "gcpgatewaypolicies"),
    ("networking.gke.io", "healthcheckpolicies"),
    ("networking.k8s.io", "networkpolicies"),
    ("policy", "poddisruptionbudgets"),
];
const DEPLOYS_VERBS: [&str; 7] = ["create", "delete", "get", "list", "patch", "update", "watch"];

/// What explains a failure, to be read.
const READS: [(&str, &str); 4] = [
    ("", "events"),
    ("", "pods"),
    ("apps", "replicasets"),
    ("events.k8s.io", "events"),
];
const READS_VERBS: [&str; 3] = ["get", "list", "watch"];

/// What everyone may who is known to the server: to ask what they may.
const EVERYONE: [(&str, &str, &str); 3] = [
    ("authentication.k8s.io", "selfsubjectreviews", "create"),
    ("authorization.k8s.io", "selfsubjectaccessreviews", "create"),
    ("authorization.k8s.io", "selfsubjectrulesreviews", "create"),
];

pub(crate) fn run(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    let world = &*world;
    let server = suite.needed("the server lists all that it has", || rules::of_server(world))?;
    let mut robots = Vec::new();
    for environment in DEPLOYED {
        robots.push(suite.needed(format!("{environment} has a robot"), || world.robot(environment))?);
    }
    let mut accounts = Vec::new();
    for (environment, robot) in DEPLOYED.iter().zip(&robots) {
        let own = format!("hello-{environment}");
        let other = if *environment == "staging" {
            "hello-production"
        } else {
            "hello-staging"
        };
        accounts.push((*environment, robot, own, in_its_own()));
        accounts.push((*environment, robot, other.to_owned(), elsewhere()));
        accounts.push((*environment, robot, "kube-system".to_owned(), elsewhere()));
    }
    suite.parallel(accounts.iter().map(|(environment, robot, namespace, wanted)| {
        let rights = if namespace.ends_with(environment) {
            "its rights"
        } else {
            "nothing"
        };
        let check = || rules::compare(&rules::of_user(world, &server, robot, namespace)?, wanted);
        (
            format!("{environment}'s robot has {rights} in {namespace}, and no more"),
            check,
        )
    }));
    suite.figure(
        "rights of the robot in its namespace",
        format_args!("{} of {} that the server has", in_its_own().len(), server.len()),
    );
    allowed(suite, world, &robots[1]);
    refused(suite, world, &robots[1]);
    Ok(())
}

fn rights(resources: &[(&str, &str)], verbs: &[&str]) -> impl Iterator<Item = Right> {
    resources
        .iter()
        .flat_map(|(group, resource)| verbs.iter().map(|verb| Right::new(group, resource, verb)))
}

fn in_its_own() -> BTreeSet<Right> {
    let mut all = elsewhere();
    all.extend(rights(&DEPLOYS, &DEPLOYS_VERBS));
    all.extend(rights(&READS, &READS_VERBS));
    all.insert(Right::new("", "pods/log", "get"));
    all
}

fn elsewhere() -> BTreeSet<Right> {
    let everyone = EVERYONE.iter();
    everyone
        .map(|(group, resource, verb)| Right::new(group, resource, verb))
        .collect()
}

/// Every verb that it has, on an object of its own.
fn allowed(suite: &mut Suite, world: &World, robot: &str) {
    const TRIAL: &str = "
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: trial, namespace: hello-production }
spec: { maxUnavailable: 1, selector: { matchLabels: { app.kubernetes.io/name: trial } } }
";
    let trial = |words: &[&str], input: &str| -> Outcome {
        let all = ["--as", robot, "-n", "hello-production"];
        let words: Vec<_> = all.iter().chain(words).copied().collect();
        world.kubectl.run_with_input(&words, input)?;
        Ok(())
    };
    let patch = [
        "patch",
        "pdb",
        "trial",
        "--type=merge",
        "-p",
        r#"{"spec":{"maxUnavailable":2}}"#,
    ];
    let waits = [
        "wait",
        "pdb/trial",
        "--for=jsonpath={.spec.maxUnavailable}=2",
        "--timeout=10s",
    ];
    suite.check("production's robot creates", || {
        trial(&["create", "-f", "-"], TRIAL)
    });
    suite.check("production's robot gets, and patches", || trial(&patch, ""));
    suite.check("production's robot lists, and watches", || trial(&waits, ""));
    suite.check("production's robot updates", || {
        trial(&["replace", "-f", "-"], TRIAL)
    });
    suite.check("production's robot deletes", || {
        trial(&["delete", "pdb", "trial"], "")
    });
    suite.check("production's robot reads pods, replica sets and events", || {
        trial(&["get", "pods,replicasets,events"], "")
    });
}

/// What it tries, and what the server says that it cannot.
const REFUSED: [(&str, &str, &str); 18] = [
    ("reads secrets", "get secrets", "list resource \"secrets\""),
    (
        "runs a command in a pod",
        "exec deployment/hello -- true",
        "resource \"pods/exec\"",
    ),
    (
        "forwards a port",
        "port-forward deployment/hello :8080",
        "resource \"pods/portforward\"",
    ),
    (
        "makes pods",
        "run trial --image=trial",
        "create resource \"pods\"",
    ),
    (
        "deletes pods",
        "delete pods -l app.kubernetes.io/name=hello",
        "delete resource \"pods\"",
    ),
    (
        "takes a service account's token",
        "create token hello",
        "create resource \"serviceaccounts/token\"",
    ),
    (
        "makes config maps",
        "create configmap trial",
        "create resource \"configmaps\"",
    ),
    (
        "makes jobs",
        "create job trial --image=trial",
        "create resource \"jobs\"",
    ),
    ("reads roles", "get roles", "list resource \"roles\""),
    (
        "makes roles",
        "create role trial --verb=get --resource=pods",
        "create resource \"roles\"",
    ),
    (
        "binds roles",
        "create rolebinding trial --role=deployer --user=trial",
        "create resource \"rolebindings\"",
    ),
    (
        "labels its namespace",
        "label namespace hello-production trial=trial",
        "resource \"namespaces\"",
    ),
    (
        "deletes its namespace",
        "delete namespace hello-production",
        "delete resource \"namespaces\"",
    ),
    (
        "makes namespaces",
        "create namespace trial",
        "create resource \"namespaces\"",
    ),
    (
        "reads pods of staging",
        "get pods -n hello-staging",
        "list resource \"pods\"",
    ),
    (
        "deploys in staging",
        "set env deployment/hello TRIAL=1 -n hello-staging",
        "resource \"deployments\"",
    ),
    ("sees nodes", "get nodes", "list resource \"nodes\""),
    (
        "reads admission policies",
        "get validatingadmissionpolicies",
        "list resource \"validatingadmissionpolicies\"",
    ),
];

/// Tries for which kubectl has no dry run.
const WITHOUT_DRY_RUN: [&str; 4] = ["exec", "port-forward", "get", "token"];

fn refused(suite: &mut Suite, world: &World, robot: &str) {
    suite.parallel(REFUSED.map(|(what, words, cannot)| {
        let check = move || -> Outcome {
            let mut arguments = vec!["--as", robot, "--request-timeout=5s", "-n", "hello-production"];
            let words: Vec<_> = words.split(' ').collect();
            arguments.extend(&words);
            if !words.iter().any(|word| WITHOUT_DRY_RUN.contains(word)) {
                arguments.push("--dry-run=server");
            }
            match world.kubectl.run(&arguments) {
                Err(KubectlError::Refused { words, .. })
                    if words.contains("is forbidden: User") && words.contains(cannot) =>
                {
                    Ok(())
                }
                Err(error) => Err(error.into()),
                Ok(text) => Err(format!("it was allowed: {text}").into()),
            }
        };
        (format!("production's robot is refused when it {what}"), check)
    }));
}
