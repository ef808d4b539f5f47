//! etcd, kube-apiserver, kube-controller-manager and kube-scheduler, with the keys that they need.

use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use crate::certificates::{Authority, Pair, Server, Usage};
use crate::cluster::Cluster;
use crate::daemon::{self, Daemon};
use crate::error::ClusterError;

/// The addresses of Services.
pub(crate) const SERVICES: &str = "10.96.0.0/16";

/// The first of them, which is the API server's.
const FIRST_SERVICE: &str = "10.96.0.1";

/// Names of the API server inside the cluster.
const SERVER_NAMES: [&str; 4] = [
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
];

/// How long the API server may take to its first answer.
const API_LIMIT: Duration = Duration::from_mins(2);

/// How long what follows may take.
const SETTLE_LIMIT: Duration = Duration::from_mins(1);

/// The control plane of a cluster, before its start.
#[derive(Debug)]
pub(crate) struct ControlPlane<'a> {
    /// The cluster.
    pub(crate) cluster: &'a Cluster,
    /// Where the API server listens and is reached.
    pub(crate) address: Ipv4Addr,
    /// Words in front of every command, to run it in another network for example.
    pub(crate) prefix: Vec<OsString>,
    /// Further arguments of the API server.
    pub(crate) api_arguments: Vec<String>,
}

impl ControlPlane<'_> {
    /// Makes the keys and the administrator's kubeconfig, starts the four programs, and waits for the API server.
    pub(crate) fn start(&self, progress: &mut dyn FnMut(&str)) -> Result<(), ClusterError> {
        let keys = self.keys()?;
        progress("starting etcd and kube-apiserver");
        self.program("etcd", &self.etcd())?;
        self.program("kube-apiserver", &self.api_server(&keys))?;
        self.cluster.wait("the API server", API_LIMIT, |kubectl| {
            Ok(kubectl.run(&["get", "--raw", "/readyz"]).map(Some)?)
        })?;
        progress("starting kube-controller-manager and kube-scheduler");
        self.program("kube-controller-manager", &self.controller_manager(&keys))?;
        self.program("kube-scheduler", &self.scheduler(&keys))?;
        Ok(())
    }

    fn program(&self, name: &str, arguments: &[String]) -> Result<Daemon, ClusterError> {
        let mut command = self.prefix.clone();
        command.push(self.cluster.settings().programs.join(name).into());
        command.extend(arguments.iter().map(OsString::from));
        Ok(daemon::start(self.cluster.directory(), name, &command)?)
    }

    fn keys(&self) -> Result<Keys, ClusterError> {
        let folder = self.cluster.directory().join("keys");
        let authority = self.cluster.authority();
        authority.make()?;
        let names = [
            Ipv4Addr::LOCALHOST.to_string(),
            FIRST_SERVICE.to_owned(),
            self.address.to_string(),
        ];
        let names = names.map(|address| format!("IP:{address}")).into_iter();
        let names: Vec<String> = names
            .chain(SERVER_NAMES.map(|name| format!("DNS:{name}")))
            .collect();
        let server = authority.issue(
            &folder,
            "kube-apiserver",
            "/CN=kube-apiserver",
            Usage::Server,
            &names,
        )?;
        let administrator =
            authority.issue(&folder, "admin", "/O=system:masters/CN=admin", Usage::Client, &[])?;
        authority.kubeconfig(&self.cluster.kubeconfig(), self.server(), &administrator)?;
        let (tokens, token_check) = authority.token_keys()?;
        Ok(Keys {
            controller_manager: self.client(&authority, "kube-controller-manager")?,
            scheduler: self.client(&authority, "kube-scheduler")?,
            authority: authority.pair(),
            server,
            tokens,
            token_check,
        })
    }

    /// The kubeconfig of a component that Kubernetes knows by its name.
    fn client(&self, authority: &Authority, name: &str) -> Result<PathBuf, ClusterError> {
        let folder = self.cluster.directory().join("keys");
        let subject = format!("/CN=system:{name}");
        let pair = authority.issue(&folder, &format!("{name}-client"), &subject, Usage::Client, &[])?;
        let kubeconfig = folder.join(format!("{name}.kubeconfig"));
        authority.kubeconfig(&kubeconfig, self.server(), &pair)?;
        Ok(kubeconfig)
    }

    /// Where its API server answers.
    pub(crate) fn server(&self) -> Server {
        Server {
            address: self.address,
            port: self.cluster.settings().ports.api,
        }
    }

    fn etcd(&self) -> Vec<String> {
        let ports = &self.cluster.settings().ports;
        let client = format!("http://127.0.0.1:{}", ports.etcd);
        let peer = format!("http://127.0.0.1:{}", ports.peer);
        let mut arguments = words(&[
            ("name", "only"),
            ("data-dir", &shown(&self.cluster.directory().join("etcd"))),
            ("listen-client-urls", &client),
            ("advertise-client-urls", &client),
            ("listen-peer-urls", &peer),
            ("initial-advertise-peer-urls", &peer),
            ("initial-cluster", &format!("only={peer}")),
            ("log-level", "warn"),
        ]);
        // What it holds is worth nothing after a loss of power.
        arguments.push("--unsafe-no-fsync".to_owned());
        arguments
    }

    fn api_server(&self, keys: &Keys) -> Vec<String> {
        let ports = &self.cluster.settings().ports;
        let address = self.address.to_string();
        let authority = shown(&keys.authority.certificate);
        let toleration = self.cluster.options().toleration_seconds.to_string();
        let mut arguments = words(&[
            ("etcd-servers", &format!("http://127.0.0.1:{}", ports.etcd)),
            ("etcd-compaction-interval", "0"),
            ("bind-address", &address),
            ("advertise-address", &address),
            ("secure-port", &ports.api.to_string()),
            // An address of this machine alone may not be an endpoint.
            ("endpoint-reconciler-type", "none"),
            ("service-cluster-ip-range", SERVICES),
            ("allow-privileged", "true"),
            ("tls-cert-file", &shown(&keys.server.certificate)),
            ("tls-private-key-file", &shown(&keys.server.key)),
            ("client-ca-file", &authority),
            ("requestheader-client-ca-file", &authority),
            ("requestheader-allowed-names", "front-proxy-client"),
            ("requestheader-username-headers", "X-Remote-User"),
            ("requestheader-group-headers", "X-Remote-Group"),
            ("requestheader-extra-headers-prefix", "X-Remote-Extra-"),
            ("authorization-mode", "Node,RBAC"),
            ("enable-admission-plugins", "NodeRestriction"),
            ("service-account-issuer", "https://kubernetes.default.svc"),
            ("service-account-key-file", &shown(&keys.token_check)),
            ("service-account-signing-key-file", &shown(&keys.tokens)),
            ("default-not-ready-toleration-seconds", &toleration),
            ("default-unreachable-toleration-seconds", &toleration),
        ]);
        arguments.extend(self.api_arguments.iter().cloned());
        arguments
    }

    fn controller_manager(&self, keys: &Keys) -> Vec<String> {
        let options = self.cluster.options();
        let authority = &keys.authority;
        let mut arguments = self.component(
            &keys.controller_manager,
            self.cluster.settings().ports.controller_manager,
            keys,
        );
        arguments.extend(words(&[
            ("use-service-account-credentials", "true"),
            ("service-account-private-key-file", &shown(&keys.tokens)),
            ("root-ca-file", &shown(&authority.certificate)),
            ("cluster-signing-cert-file", &shown(&authority.certificate)),
            ("cluster-signing-key-file", &shown(&authority.key)),
            ("node-monitor-period", "1s"),
            (
                "node-monitor-grace-period",
                &format!("{}s", options.node_grace_seconds),
            ),
            ("node-eviction-rate", &options.eviction_rate.to_string()),
        ]));
        arguments
    }

    fn scheduler(&self, keys: &Keys) -> Vec<String> {
        self.component(&keys.scheduler, self.cluster.settings().ports.scheduler, keys)
    }

    /// What controller manager and scheduler have in common; there is one of each, so nobody has to be elected.
    fn component(&self, kubeconfig: &std::path::Path, port: u16, keys: &Keys) -> Vec<String> {
        let kubeconfig = shown(kubeconfig);
        words(&[
            ("kubeconfig", &kubeconfig),
            ("authentication-kubeconfig", &kubeconfig),
            ("authorization-kubeconfig", &kubeconfig),
            ("bind-address", &self.address.to_string()),
            ("secure-port", &port.to_string()),
            ("tls-cert-file", &shown(&keys.server.certificate)),
            ("tls-private-key-file", &shown(&keys.server.key)),
            ("leader-elect", "false"),
        ])
    }

    /// Waits until all nodes are Ready and without taint, and pods can be made and scheduled.
    pub(crate) fn settle(&self, nodes: usize) -> Result<(), ClusterError> {
        let cluster = self.cluster;
        cluster.wait("Ready nodes", SETTLE_LIMIT, |kubectl| {
            let ready = kubectl.run(&["get", "nodes", "--output", READY_NODES])?;
            Ok((ready.lines().filter(|line| *line == "True").count() == nodes).then_some(()))
        })?;
        // The controller manager makes it; without it pods are refused.
        cluster.wait("the default ServiceAccount", SETTLE_LIMIT, |kubectl| {
            Ok(kubectl.run(&["get", "serviceaccount", "default"]).map(Some)?)
        })?;
        let scheduler = format!("https://{}:{}", self.address, cluster.settings().ports.scheduler);
        cluster.wait("the scheduler", SETTLE_LIMIT, |kubectl| {
            Ok(kubectl
                .run(&["--server", &scheduler, "get", "--raw", "/readyz"])
                .map(Some)?)
        })?;
        Ok(())
    }
}

/// One line for each node: the status of its condition Ready, and after it its taints.
const READY_NODES: &str =
    r#"jsonpath={range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{.spec.taints}{"\n"}{end}"#;

/// Files of keys.
struct Keys {
    authority: Pair,
    server: Pair,
    tokens: PathBuf,
    token_check: PathBuf,
    controller_manager: PathBuf,
    scheduler: PathBuf,
}

/// Ends what runs for a cluster, etcd last: the others write into it at their end.
pub(crate) fn stop(cluster: &Cluster) -> Result<(), ClusterError> {
    let (etcd, others): (Vec<Daemon>, Vec<Daemon>) = daemon::all(cluster.directory())?
        .into_iter()
        .partition(|daemon| daemon.name() == "etcd");
    daemon::stop(&others)?;
    daemon::stop(&etcd)?;
    Ok(())
}

/// `--NAME=VALUE` for each.
pub(crate) fn words(flags: &[(&str, &str)]) -> Vec<String> {
    flags
        .iter()
        .map(|(name, value)| format!("--{name}={value}"))
        .collect()
}

/// A path as an argument.
pub(crate) fn shown(path: &std::path::Path) -> String {
    path.to_string_lossy().into_owned()
}
