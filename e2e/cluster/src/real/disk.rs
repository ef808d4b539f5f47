//! What a node finds on its disk when it starts: keys, and the configuration of kubelet, kube-proxy and containerd.

use std::fs;
use std::path::Path;

use rustix::process::{Resource, getrlimit};
use serde_json::{Value, json};

use super::Site;
use super::addresses::{Network, Node};
use crate::certificates::Usage;
use crate::control_plane::SERVICES;
use crate::directory::{make_folder, unwritable, write_private};
use crate::error::ClusterError;
use crate::simulated::REGION;

/// Runs in a node: takes images.
const TAKE_IMAGES: &str = include_str!("take-images.sh");

/// Plugins of containerd that would look for what is not there, and fill its log.
const UNUSED_PLUGINS: [&str; 6] = [
    "io.containerd.internal.v1.tracing",
    "io.containerd.snapshotter.v1.aufs",
    "io.containerd.snapshotter.v1.btrfs",
    "io.containerd.snapshotter.v1.devmapper",
    "io.containerd.snapshotter.v1.zfs",
    "io.containerd.tracing.processor.v1.otlp",
];

/// How often a kubelet renews its lease is a quarter of this: two renewals are missed before the default grace is over.
const LEASE_SECONDS: u32 = 8;

/// The ways to the pods of all nodes but one, and to Services, as input of `ip -batch`. Any way to Services will do:
/// kube-proxy rewrites a packet before it takes it.
pub(crate) fn routes(nodes: &[Node], but: Option<&Node>) -> String {
    let others = nodes.iter().filter(|node| Some(*node) != but);
    let ways = others.map(|node| format!("route add {} via {}\n", node.pods(), node.address()));
    ways.chain([format!("route add {SERVICES} dev eth0\n")]).collect()
}

/// Writes all that a node's disk holds when it starts for the first time; `pause` is the image of sandboxes.
pub(crate) fn prepare(site: &Site<'_>, node: &Node, pause: &str) -> Result<(), ClusterError> {
    let authority = site.cluster.authority();
    let disk = site.disk(node);
    let etc = disk.join("var/etc");
    for part in ["var/bin", "var/etc/cni", "var/images", "var/log", "var/tmp"] {
        make_folder(&disk.join(part))?;
    }
    let names = [format!("IP:{}", node.address()), format!("DNS:{}", node.name)];
    let subject = format!("/O=system:nodes/CN=system:node:{}", node.name);
    let pair = authority.issue(&etc, &node.name, &subject, Usage::Both, &names)?;
    authority.kubeconfig(&etc.join("kubelet.kubeconfig"), site.server(), &pair)?;
    let ca = authority.pair().certificate;
    fs::copy(&ca, etc.join("authority.crt")).map_err(unwritable(&etc))?;
    let proxy = site.cluster.directory().join("keys/kube-proxy.kubeconfig");
    fs::copy(&proxy, etc.join("kube-proxy.kubeconfig")).map_err(unwritable(&etc))?;
    let zone = &node.zone;
    let texts = [
        ("routes", routes(&site.nodes, Some(node))),
        (
            "labels",
            format!("topology.kubernetes.io/zone={zone},topology.kubernetes.io/region={REGION}\n"),
        ),
        ("take-images", TAKE_IMAGES.to_owned()),
        ("containerd.toml", containerd(pause)),
        ("cni/10-pods.conflist", text(&pod_network(node))),
        ("kubelet.yaml", text(&kubelet(node))),
        (
            "kube-proxy.yaml",
            text(&kube_proxy(
                site.network,
                Path::new("/var/etc/kube-proxy.kubeconfig"),
            )),
        ),
    ];
    for (name, text) in texts {
        write_private(&etc.join(name), text).map_err(unwritable(&etc.join(name)))?;
    }
    Ok(())
}

/// JSON is YAML.
pub(crate) fn text(value: &Value) -> String {
    format!("{value:#}\n")
}

fn containerd(pause: &str) -> String {
    let unused: Vec<String> = UNUSED_PLUGINS
        .iter()
        .map(|plugin| format!("{plugin:?}"))
        .collect();
    let unused = unused.join(", ");
    format!(
        r#"version = 2
disabled_plugins = [{unused}]
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true # to lower a score takes CAP_SYS_RESOURCE, which a container may lack
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/var/bin"
  conf_dir = "/var/etc/cni"
"#
    )
}

/// A cable from each pod to its node. Addresses are kept in memory: after a loss of power none is held by a pod that is
/// gone.
fn pod_network(node: &Node) -> Value {
    json!({
        "cniVersion": "1.0.0",
        "name": "pods",
        "plugins": [{
            "type": "ptp",
            "ipam": {
                "type": "host-local",
                "dataDir": "/run/cni",
                "ranges": [[{"subnet": node.pods()}]],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        }],
    })
}

fn kubelet(node: &Node) -> Value {
    json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": node.address(),
        "readOnlyPort": 0,
        "authentication": {
            "anonymous": {"enabled": false},
            "webhook": {"enabled": true},
            "x509": {"clientCAFile": "/var/etc/authority.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": format!("/var/etc/{}.crt", node.name),
        "tlsPrivateKeyFile": format!("/var/etc/{}.key", node.name),
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "cgroupDriver": "cgroupfs", // there is no systemd in a node
        "failCgroupV1": false,
        "failSwapOn": false,
        "protectKernelDefaults": true, // node.sh shows it what it wants
        "clusterDNS": ["10.96.0.10"], // nobody answers; without it the kubelet warns of every pod
        "clusterDomain": "cluster.local",
        "resolvConf": "",
        "volumePluginDir": "/var/lib/kubelet/volume-plugins", // the default is below /usr
        "imageGCHighThresholdPercent": 100, // never: what was loaded cannot be pulled again
        // The disk and the memory are the machine's, whose others use them as well.
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "1%",
            "nodefs.inodesFree": "1%",
            "imagefs.available": "1%",
        },
        "nodeLeaseDurationSeconds": LEASE_SECONDS,
        "oomScoreAdj": 0,
        "maxOpenFiles": getrlimit(Resource::Nofile).maximum.unwrap_or(1_000_000),
    })
}

/// The configuration of a kube-proxy. The table of connections is the machine's, and its sizes are not changed.
pub(crate) fn kube_proxy(network: Network, kubeconfig: &Path) -> Value {
    json!({
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "clientConnection": {"kubeconfig": kubeconfig},
        "clusterCIDR": network.all(),
        "detectLocalMode": "ClusterCIDR",
        "nodePortAddresses": [network.near()],
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
        "oomScoreAdj": 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    #[test]
    fn routes_lead_to_the_pods_of_the_others() {
        let options = Options {
            zones: vec!["a".to_owned(), "b".to_owned()],
            nodes_per_zone: 1,
            ..Options::default()
        };
        let nodes = Network::of_slot(1).nodes(&options);
        assert_eq!(
            routes(&nodes, nodes.first()),
            "route add 10.204.21.0/24 via 10.204.0.21\nroute add 10.96.0.0/16 dev eth0\n"
        );
        assert_eq!(routes(&nodes, None).lines().count(), 3);
    }
}
