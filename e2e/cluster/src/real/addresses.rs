//! Names and addresses of a cluster of real nodes. Each cluster has a /16 of its own, by its slot.
//!
//! | address | whose |
//! |---|---|
//! | 10.N.0.1 | this machine, N being 203 + slot |
//! | 10.N.0.2 | the control plane; `NodePort`s answer here, whichever zone is away |
//! | 10.N.0.Z*n* | node n of the Z-th zone: 10.203.0.21 is `node-b1` |
//! | 10.N.Z*n*.0/24 | the pods of that node |
//!
//! Only 10.N.0.0/24 is known to this machine, and nothing leads out of it.

use std::net::Ipv4Addr;

use crate::directory::SLOTS;
use crate::options::{Options, node_name};

/// The second byte of the addresses of slot 0.
const FIRST: u8 = 203;

const _: () = assert!(SLOTS <= u8::MAX - FIRST, "every slot has a network");

/// Where the nodes and the control plane of a slot are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Network {
    slot: u8,
}

/// One node: its name, its zone, and its number in the network.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Node {
    /// `node-a1`.
    pub(crate) name: String,
    /// The zone that it is in.
    pub(crate) zone: String,
    number: u8,
    network: Network,
}

impl Network {
    /// The network of a slot.
    pub(crate) fn of_slot(slot: u8) -> Self {
        Self { slot }
    }

    /// The name of the machine's link into the network.
    pub(crate) fn link(self) -> String {
        format!("hello-{}", self.slot)
    }

    /// The name of the control group that the nodes' groups are in.
    pub(crate) fn control_group(self) -> String {
        format!("hello-cluster-{}", self.slot)
    }

    /// The address of this machine.
    pub(crate) fn machine(self) -> Ipv4Addr {
        self.address(0, 1)
    }

    /// The address of the control plane.
    pub(crate) fn control(self) -> Ipv4Addr {
        self.address(0, 2)
    }

    /// All that has an address: nodes and pods.
    pub(crate) fn all(self) -> String {
        format!("{}/16", self.address(0, 0))
    }

    /// The part that this machine knows: itself, the control plane and the nodes.
    pub(crate) fn near(self) -> String {
        format!("{}/24", self.address(0, 0))
    }

    fn address(self, third: u8, fourth: u8) -> Ipv4Addr {
        Ipv4Addr::new(10, FIRST.saturating_add(self.slot), third, fourth)
    }

    /// Every node of a cluster of these options, by zone.
    pub(crate) fn nodes(self, options: &Options) -> Vec<Node> {
        let zones = options.zones.iter().zip(1_u8..);
        zones
            .flat_map(|(zone, tens)| {
                (1..=options.nodes_per_zone).map(move |ones| Node {
                    name: node_name(zone, ones),
                    zone: zone.clone(),
                    number: tens * 10 + ones,
                    network: self,
                })
            })
            .collect()
    }
}

impl Node {
    /// Its address.
    pub(crate) fn address(&self) -> Ipv4Addr {
        self.network.address(0, self.number)
    }

    /// The network of its pods.
    pub(crate) fn pods(&self) -> String {
        format!("{}/24", self.network.address(self.number, 0))
    }

    /// The name of its cable in the fabric. A link's name has 15 bytes at most, which the node's own name may exceed.
    pub(crate) fn cable(&self) -> String {
        format!("node-{}", self.number)
    }
}

/// Is the near network of a slot free, going by the text of `/proc/net/route`? Routes of more than a /16, the default
/// one and those of a VPN for all of 10/8, say nothing about it.
pub(crate) fn is_free(network: Network, routes: &str) -> bool {
    let near = u32::from(network.address(0, 0));
    !routes.lines().skip(1).filter_map(route).any(|(target, mask)| {
        let common = mask & 0xffff_ff00;
        mask >= 0xffff_0000 && target & common == near & common
    })
}

/// Target and mask of a line of `/proc/net/route`, which gives them in hexadecimal, their bytes in the network's order.
fn route(line: &str) -> Option<(u32, u32)> {
    let columns: Vec<&str> = line.split_whitespace().collect();
    let number = |column: usize| {
        let digits = columns.get(column)?;
        u32::from_str_radix(digits, 16).ok().map(u32::from_be)
    };
    Some((number(1)?, number(7)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(zones: &[&str], nodes_per_zone: u8) -> Options {
        Options {
            zones: zones.iter().map(|zone| (*zone).to_owned()).collect(),
            nodes_per_zone,
            ..Options::default()
        }
    }

    #[test]
    fn nodes_are_numbered_by_zone() {
        let network = Network::of_slot(2);
        let nodes = network.nodes(&options(&["a", "b", "west"], 2));
        let seen: Vec<String> = nodes
            .iter()
            .map(|node| format!("{} {} {} {}", node.name, node.zone, node.address(), node.pods()))
            .collect();
        assert_eq!(
            seen,
            [
                "node-a1 a 10.205.0.11 10.205.11.0/24",
                "node-a2 a 10.205.0.12 10.205.12.0/24",
                "node-b1 b 10.205.0.21 10.205.21.0/24",
                "node-b2 b 10.205.0.22 10.205.22.0/24",
                "node-west1 west 10.205.0.31 10.205.31.0/24",
                "node-west2 west 10.205.0.32 10.205.32.0/24",
            ]
        );
    }

    #[test]
    fn the_largest_cluster_fits_without_two_of_an_address() {
        let zones = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let nodes = Network::of_slot(SLOTS).nodes(&options(&zones, 9));
        let mut addresses: Vec<Ipv4Addr> = nodes.iter().map(Node::address).collect();
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!(addresses.len(), 72);
        assert_eq!(addresses.last(), Some(&Ipv4Addr::new(10, 243, 0, 89)));
    }

    #[test]
    fn a_cable_has_a_name_that_a_link_can_have() {
        let nodes = Network::of_slot(0).nodes(&options(&["abcdefghij"], 1));
        assert_eq!(nodes.first().map(Node::cable).as_deref(), Some("node-11"));
        assert!(Network::of_slot(SLOTS).link().len() <= 15);
    }

    #[test]
    fn a_network_is_taken_by_any_route_that_overlaps_but_the_default() {
        let head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n";
        let line = |target: &str, mask: &str| {
            format!("{head}eth0\t{target}\t00000000\t0001\t0\t0\t0\t{mask}\t0\t0\t0\n")
        };
        let network = Network::of_slot(0);
        assert!(is_free(network, head));
        assert!(is_free(network, &line("00000000", "00000000")), "a default route");
        assert!(is_free(network, &line("0000CC0A", "0000FFFF")), "10.204.0.0/16");
        assert!(is_free(network, &line("0001CB0A", "00FFFFFF")), "10.203.1.0/24");
        assert!(is_free(network, &line("0000000A", "000000FF")), "10.0.0.0/8");
        assert!(!is_free(network, &line("0000CB0A", "0000FFFF")), "10.203.0.0/16");
        assert!(!is_free(network, &line("0000CB0A", "00FFFFFF")), "10.203.0.0/24");
        assert!(!is_free(network, &line("0500CB0A", "FFFFFFFF")), "10.203.0.5/32");
    }
}
