//! How workloads run the images that they name.

use crate::image::{ManifestUse, Port};
use crate::kube::{Facts, ImageReference, Index, Workload, repository_key};
use crate::yaml::Node;

use super::Loaded;

impl Loaded {
    /// How the workloads of all renders run the image that these repositories name.
    pub fn uses(&self, repositories: &[String]) -> Vec<ManifestUse> {
        let keys: Vec<String> = repositories
            .iter()
            .map(|repository| repository_key(repository))
            .collect();
        let mut uses = Vec::new();
        for (_, rendered) in &self.renders {
            let index = Index::new(&rendered.stream.documents, Facts::default());
            for used in index
                .workloads()
                .flat_map(|workload| workload_uses(&workload, &keys))
            {
                if !uses.contains(&used) {
                    uses.push(used);
                }
            }
        }
        uses
    }
}

fn workload_uses(workload: &Workload<'_>, keys: &[String]) -> Vec<ManifestUse> {
    let containers = workload.containers().into_iter();
    let image = |node: Node<'_>| node.as_str().map(|text| ImageReference::cut(text).repository());
    containers
        .filter(|container| {
            container
                .get(&["image"])
                .and_then(image)
                .is_some_and(|key| keys.contains(&key))
        })
        .map(|container| ManifestUse {
            object: format!("{}, {}", workload.object.label(), container.label()),
            run_as_user: container.effective_security("runAsUser").and_then(Node::as_i64),
            container_ports: container
                .get(&["ports"])
                .into_iter()
                .flat_map(Node::items)
                .filter_map(port)
                .collect(),
        })
        .collect()
}

/// A container port; one that is no port is refused by the API server and expects nothing of the image.
fn port(node: Node<'_>) -> Option<Port> {
    let number = u16::try_from(node.set("containerPort")?.as_i64()?).ok()?;
    let protocol = node
        .set("protocol")
        .and_then(Node::as_str)
        .unwrap_or("TCP")
        .to_lowercase();
    Some(Port { number, protocol })
}
