use super::{documents, with_facts, with_index};
use crate::kube::{Expected, Facts, IntOrPercent, Replicas};

fn deployment(replicas: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{{replicas} template: {{metadata: {{labels: {{app: web}}}}, spec: {{}}}}}}}}\n---\n"
    )
}

fn autoscaler(api_version: &str, kind: &str, spec: &str) -> String {
    format!("{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: web}}, spec: {{{spec}}}}}\n---\n")
}

fn replicas(text: &str) -> Replicas {
    with_index(text, |index| {
        index.workloads().next().expect("a workload").replicas()
    })
}

#[test]
fn the_autoscaler_counts_before_the_written_number() {
    use Replicas::{Count, Parked};
    let target = "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}";
    let horizontal = |minimum: &str, target: &str| {
        autoscaler(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            &format!("{target}, {minimum}"),
        )
    };
    for (own, scaler, expected) in [
        ("", String::new(), Count(1)),
        ("replicas: 3,", String::new(), Count(3)),
        ("replicas: 1e1,", String::new(), Count(10)),
        ("replicas: null,", String::new(), Count(1)),
        ("replicas: 0,", horizontal("minReplicas: 4", target), Parked),
        ("replicas: 3,", horizontal("minReplicas: 4", target), Count(4)),
        ("replicas: 3,", horizontal("maxReplicas: 4", target), Count(1)),
        (
            "replicas: 3,",
            horizontal("minReplicas: 4", &target.replace("web", "api")),
            Count(3),
        ),
        (
            "replicas: 3,",
            horizontal("minReplicas: 4", &target.replace("Deployment", "StatefulSet")),
            Count(3),
        ),
        (
            "replicas: 3,",
            horizontal(
                "minReplicas: 4",
                &target.replace("apps/v1", "argoproj.io/v1alpha1"),
            ),
            Count(3),
        ),
        (
            "replicas: 3,",
            horizontal("minReplicas: 4", &target.replace("apps/v1", "extensions/v1beta1")),
            Count(4),
        ),
        (
            "replicas: 3,",
            autoscaler("keda.sh/v1alpha1", "ScaledObject", "scaleTargetRef: {name: web}"),
            Count(0),
        ),
        (
            "replicas: 3,",
            autoscaler(
                "keda.sh/v1alpha1",
                "ScaledObject",
                "scaleTargetRef: {name: web}, minReplicaCount: 2",
            ),
            Count(2),
        ),
    ] {
        let text = deployment(own) + &scaler;
        assert_eq!(replicas(&text), expected, "{text}");
    }
}

#[test]
fn an_autoscaler_of_another_namespace_owns_nothing() {
    let scaler = autoscaler(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: 4",
    );
    let scaler = scaler.replace("metadata: {name: web}", "metadata: {name: web, namespace: other}");
    assert_eq!(
        replicas(&(deployment("replicas: 3,") + &scaler)),
        Replicas::Count(3)
    );
}

#[test]
fn the_place_of_the_number_is_where_it_is_decided() {
    let scaler = autoscaler(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}",
    );
    with_index(&(deployment("") + &scaler), |index| {
        let field = index.workloads().next().expect("a workload").replicas_field();
        assert_eq!(
            (field.object, field.path.to_string().as_str()),
            (1, "/spec/minReplicas")
        );
    });
}

#[test]
fn the_configured_number_stands_in_for_an_absent_one() {
    let facts = Facts {
        replicas_when_absent: 5,
        ..Facts::default()
    };
    let replicas = with_facts(&deployment(""), facts, |index| {
        index.workloads().next().expect("a workload").replicas()
    });
    assert_eq!(replicas, Replicas::Count(5));
}

#[test]
fn percentages_round_up() {
    for (text, total, expected) in [
        ("25%", 4, Some(1)),
        ("25%", 5, Some(2)),
        ("1%", 3, Some(1)),
        ("0%", 3, Some(0)),
        ("100%", 3, Some(3)),
        ("2", 3, Some(2)),
        ("-1", 3, Some(-1)),
        ("'2'", 3, None),
        ("'%'", 3, None),
        ("'-1%'", 3, None),
        ("'1.5%'", 3, None),
        ("yes", 3, None),
        ("'99999999999999999999%'", 3, None),
    ] {
        let documents = documents(text);
        let read = IntOrPercent::read(documents[0].root()).map(|limit| limit.of(total));
        assert_eq!(read, expected, "{text} of {total}");
    }
}

fn expected(api_version: &str, selector: &str, workloads: &str) -> Expected {
    let budget = autoscaler(api_version, "PodDisruptionBudget", selector);
    with_index(&(budget + workloads), |index| index.budgets()[0].expected())
}

#[test]
fn a_budget_reckons_with_what_it_selects() {
    let web = deployment("replicas: 3,");
    let two = web.clone() + &web.replace("name: web", "name: more");
    let parked = deployment("replicas: 0,");
    let daemon = web.replace("Deployment", "DaemonSet");
    let mine = "selector: {matchLabels: {app: web}}";
    for (api_version, selector, workloads, answer) in [
        ("policy/v1", mine, &web, Expected::Pods(3)),
        ("policy/v1", mine, &two, Expected::Pods(6)),
        ("policy/v1", mine, &parked, Expected::Pods(0)),
        ("policy/v1", mine, &daemon, Expected::Unknown),
        (
            "policy/v1",
            "selector: {matchLabels: {app: api}}",
            &web,
            Expected::Nothing,
        ),
        ("policy/v1", "selector: {}", &web, Expected::Pods(3)),
        ("policy/v1", "", &web, Expected::Nothing),
        ("policy/v1beta1", "selector: {}", &web, Expected::Nothing),
        ("policy/v1beta1", mine, &web, Expected::Pods(3)),
    ] {
        assert_eq!(
            expected(api_version, selector, workloads),
            answer,
            "{api_version} {selector} {workloads}"
        );
    }
}
