//! Switches and cables. The switches are bridges in a network namespace of their own, away from the machine's packet
//! filter: a core, to which this machine and the control plane are connected, and one for each zone, with a cable to the
//! core that can be unplugged.

#![expect(
    clippy::disallowed_methods,
    reason = "reads files of /proc, which the kernel makes"
)]

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::addresses::{Network, Node};
use super::{RealError, Site, addresses, disk};
use crate::daemon::{self, Daemon};
use crate::error::ClusterError;
use crate::process::Run;

/// The process that keeps the switches' network alive.
pub(crate) const FABRIC: &str = "fabric";

/// The process that keeps the control plane's network alive.
pub(crate) const CONTROL: &str = "control";

/// The switch that all zones' switches are connected to.
const CORE: &str = "core";

/// How long a namespace may take to appear.
const LIMIT: Duration = Duration::from_secs(10);

/// How often it is looked for.
const PACE: Duration = Duration::from_millis(5);

/// Settings of the control plane's network, of which the second one is in seconds: a client that uses a port again meets
/// the connection that it could not make before, to a pod of a lost zone, for so long; the default is 120.
const CONTROL_SETTINGS: &str = "echo 1 > /proc/sys/net/ipv4/ip_forward
    echo 5 > /proc/sys/net/netfilter/nf_conntrack_tcp_timeout_syn_sent";

/// Makes the switches, and connects this machine and the control plane.
pub(crate) fn lay(site: &Site<'_>) -> Result<(), ClusterError> {
    let network = site.network;
    hold(site, FABRIC)?;
    let control = hold(site, CONTROL)?;
    let mut switches = vec![format!("link add {CORE} type bridge\nlink set {CORE} up\n")];
    switches.extend(site.cluster.zones().iter().map(|zone| switch(zone)));
    switches.push(plug("machine", CORE, std::process::id(), &network.link()));
    switches.push(plug(CONTROL, CORE, control.pid(), "eth0"));
    ip(inside(site, FABRIC)?, &switches.concat())?;
    let link = network.link();
    let machine = format!(
        "address add {}/24 dev {link}\nlink set {link} up\n",
        network.machine()
    );
    site.run("ip")
        .arguments(["-batch", "-"])
        .input(machine)
        .output()?;
    let routes = disk::routes(&site.nodes, None);
    let address = network.control();
    let control = format!("address add {address}/24 dev eth0\nlink set eth0 up\n{routes}");
    ip(inside(site, CONTROL)?, &control)?;
    inside(site, CONTROL)?
        .arguments(["sh", "-ec", CONTROL_SETTINGS])
        .output()?;
    Ok(())
}

/// A zone's switch, with a cable to the core.
fn switch(zone: &str) -> String {
    format!(
        "link add zone-{zone} type bridge\nlink set zone-{zone} up\n\
         link add up-{zone} type veth peer name down-{zone}\n\
         link set down-{zone} master zone-{zone} up\nlink set up-{zone} master {CORE} up\n"
    )
}

/// Starts a process that has nothing but a network namespace, alive as long as it is.
fn hold(site: &Site<'_>, name: &str) -> Result<Daemon, ClusterError> {
    let command = ["unshare", "--net", "sleep", "infinity"].map(OsString::from);
    let daemon = daemon::start(site.cluster.directory(), name, &command)?;
    wait_for_network(&daemon)?;
    ip(inside(site, name)?, "link set lo up\n")?;
    Ok(daemon)
}

/// Waits until a process has a network namespace of its own.
fn wait_for_network(daemon: &Daemon) -> Result<(), RealError> {
    let deadline = Instant::now() + LIMIT;
    let ours = fs::read_link("/proc/self/ns/net").ok();
    let theirs = Path::new("/proc").join(daemon.pid().to_string()).join("ns/net");
    while fs::read_link(&theirs)
        .ok()
        .is_none_or(|theirs| Some(theirs) == ours)
    {
        if Instant::now() >= deadline || daemon.has_ended() {
            return Err(RealError::NoNetwork(daemon.name().to_owned()));
        }
        sleep(PACE);
    }
    Ok(())
}

/// Connects a node that was just started to its zone's switch.
pub(crate) fn connect(site: &Site<'_>, node: &Node, daemon: &Daemon) -> Result<(), ClusterError> {
    wait_for_network(daemon)?;
    let cable = plug(
        &node.cable(),
        &format!("zone-{}", node.zone),
        daemon.pid(),
        "eth0",
    );
    ip(inside(site, FABRIC)?, &cable)
}

/// Removes what is left of the cables to nodes that are gone: they go with the nodes, but later.
pub(crate) fn disconnect(site: &Site<'_>, nodes: &[Node]) -> Result<(), ClusterError> {
    let lines: Vec<String> = nodes
        .iter()
        .map(|node| format!("link delete {}\n", node.cable()))
        .collect();
    // Most are gone already.
    inside(site, FABRIC)?
        .arguments(["ip", "-force", "-batch", "-"])
        .input(lines.concat())
        .outcome()?;
    Ok(())
}

/// Removes this machine's link, and with it its cable, if it is there.
pub(crate) fn unlink(site: &Site<'_>) -> Result<(), ClusterError> {
    let link = site.network.link();
    if has_link(site.network) {
        site.run("ip").arguments(["link", "delete", &link]).output()?;
    }
    Ok(())
}

/// Has this machine a link into the network?
pub(crate) fn has_link(network: Network) -> bool {
    Path::new("/sys/class/net").join(network.link()).exists()
}

/// Does no other route of this machine lead into the network?
pub(crate) fn is_free(network: Network) -> bool {
    let routes = fs::read_to_string("/proc/net/route").unwrap_or_default();
    addresses::is_free(network, &routes)
}

/// Plugs in or unplugs the cable between a zone and the core.
pub(crate) fn set_cable(site: &Site<'_>, zone: &str, state: &str) -> Result<(), ClusterError> {
    ip(inside(site, FABRIC)?, &format!("link set up-{zone} {state}\n"))
}

/// Is the cable between a zone and the core plugged in?
pub(crate) fn is_plugged(site: &Site<'_>, zone: &str) -> Result<bool, ClusterError> {
    let run =
        inside(site, FABRIC)?.arguments(["ip", "-oneline", "link", "show", "dev", &format!("up-{zone}")]);
    Ok(is_up(&run.output()?.text()))
}

/// Is a link up, going by its line of `ip link`: `7: up-a@down-a: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu …`?
fn is_up(line: &str) -> bool {
    let flags = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    flags.is_some_and(|(flags, _)| flags.split(',').any(|flag| flag == "UP"))
}

/// A cable from a switch, where its end is called `cable`, to the network of a process, where it is called `link`.
fn plug(cable: &str, switch: &str, process: u32, link: &str) -> String {
    format!(
        "link add {cable} type veth peer name {link} netns {process}\nlink set {cable} master {switch} up\n"
    )
}

/// A run in the network of one of the cluster's processes; the command is still to be given.
pub(crate) fn inside(site: &Site<'_>, process: &str) -> Result<Run, ClusterError> {
    let net = entrance(&site.daemon(process)?);
    Ok(site.run("nsenter").arguments([net]))
}

/// The option with which `nsenter` enters the network of a process.
pub(crate) fn entrance(daemon: &Daemon) -> String {
    format!("--net=/proc/{}/ns/net", daemon.pid())
}

fn ip(run: Run, lines: &str) -> Result<(), ClusterError> {
    run.arguments(["ip", "-batch", "-"]).input(lines).output()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_up_by_its_flags() {
        assert!(is_up(
            "7: up-a@down-a: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP"
        ));
        assert!(!is_up(
            "7: up-a@down-a: <BROADCAST,MULTICAST> mtu 1500 state DOWN"
        ));
        assert!(!is_up(
            "7: up-UP@down-a: <BROADCAST,M-DOWN,LOWER_UP> mtu 1500 state UP"
        ));
    }
}
