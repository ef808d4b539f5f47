//! Nine pods under spread constraints of other kinds than the overlays': what each comes to when a zone is lost.

use serde_json::{Value, json};

use crate::objects::text;
use crate::placement::{Application, Expected, all_seen, settle};
use crate::support::{Stop, Suite};
use crate::world::World;

/// A spread constraint over zones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spread {
    /// As the overlays have it: `DoNotSchedule`, `nodeTaintsPolicy: Honor`.
    Honor,
    /// `DoNotSchedule` alone; `Ignore` is Kubernetes' default for taints.
    Ignore,
    /// `DoNotSchedule` with `minDomains: 3`.
    Minimum,
    /// `DoNotSchedule`, `nodeTaintsPolicy: Honor`, `minDomains: 3`.
    HonorMinimum,
    /// `ScheduleAnyway`.
    Soft,
    /// `ScheduleAnyway`, of a `StatefulSet`.
    SoftStateful,
}

/// All of them, in the order of the table.
pub(crate) const ALL: [Spread; 6] = [
    Spread::Honor,
    Spread::Ignore,
    Spread::Minimum,
    Spread::HonorMinimum,
    Spread::Soft,
    Spread::SoftStateful,
];

/// The namespace of those that lose their zone.
pub(crate) const NAMESPACE: &str = "spreads";

impl Spread {
    /// The name of its workload.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Honor => "honor",
            Self::Ignore => "ignore",
            Self::Minimum => "minimum",
            Self::HonorMinimum => "honor-minimum",
            Self::Soft => "soft",
            Self::SoftStateful => "soft-stateful",
        }
    }

    /// What its manifest says.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Honor => "DoNotSchedule, Honor (as the overlays)",
            Self::Ignore => "DoNotSchedule",
            Self::Minimum => "DoNotSchedule, minDomains: 3",
            Self::HonorMinimum => "DoNotSchedule, Honor, minDomains: 3",
            Self::Soft => "ScheduleAnyway",
            Self::SoftStateful => "StatefulSet, ScheduleAnyway",
        }
    }

    /// Its pods, in [`NAMESPACE`].
    pub(crate) fn application(self) -> Application {
        Application::new(NAMESPACE, self.name())
    }

    fn constraint(self, name: &str) -> Value {
        let mut constraint = json!({
            "topologyKey": "topology.kubernetes.io/zone",
            "maxSkew": 1,
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": { "matchLabels": { "app.kubernetes.io/name": name } },
        });
        if matches!(self, Self::Honor | Self::HonorMinimum) {
            constraint["nodeTaintsPolicy"] = json!("Honor");
        }
        if matches!(self, Self::Minimum | Self::HonorMinimum) {
            constraint["minDomains"] = json!(3);
        }
        if matches!(self, Self::Soft | Self::SoftStateful) {
            constraint["whenUnsatisfiable"] = json!("ScheduleAnyway");
        }
        constraint
    }

    /// Nine pods of it under this name; they tolerate a lost zone as long as the cluster's default says.
    pub(crate) fn workload(self, namespace: &str, name: &str) -> Value {
        let labels = json!({ "app.kubernetes.io/name": name });
        let mut workload = json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": { "name": name, "namespace": namespace },
            "spec": {
                "replicas": 9,
                "selector": { "matchLabels": labels },
                "template": {
                    "metadata": { "labels": labels },
                    "spec": {
                        "topologySpreadConstraints": [self.constraint(name)],
                        "containers": [{
                            "name": "sample",
                            "image": "registry.example.test/sample:1",
                            "resources": { "requests": { "cpu": "10m", "memory": "16Mi" } },
                        }],
                    },
                },
            },
        });
        if self == Self::SoftStateful {
            workload["kind"] = json!("StatefulSet");
            workload["spec"]
                .as_object_mut()
                .map(|fields| fields.remove("strategy"));
            workload["spec"]["serviceName"] = json!(name);
            workload["spec"]["podManagementPolicy"] = json!("Parallel");
        }
        workload
    }
}

/// A namespace, as an object.
pub(crate) fn namespace(name: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } })
}

/// Applies all of them, and waits until each has three pods in each zone. What an earlier section left of them goes
/// first: its pods would count in where new ones go.
pub(crate) fn begin(world: &World, suite: &mut Suite) -> Result<(), Stop> {
    suite.needed("six kinds of spread constraint are applied", || {
        let delete = ["-n", NAMESPACE, "delete", "deployments,statefulsets", "--all"];
        let with_pods = ["--cascade=foreground", "--timeout=60s"];
        world.kubectl.run(&[&delete[..], &with_pods[..]].concat())?;
        let mut objects = vec![namespace(NAMESPACE)];
        objects.extend(ALL.map(|spread| spread.workload(NAMESPACE, spread.name())));
        Ok(world.kubectl.apply_text(&text(&objects))?)
    })?;
    let even = |spread: Spread| {
        let check = format!("before: {}: 3/3/3", spread.words());
        Expected::new(check, spread.application(), &["a=3 b=3 c=3"], 60)
    };
    all_seen(&settle(world, suite, &ALL.map(even)))
}
