//! Where the programs of a cluster listen: each slot has a range of ports.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};

use serde::{Deserialize, Serialize};

use crate::directory::DirectoryError;

/// The first port of the first slot. All lie below those that systems give to outgoing connections.
const FIRST_PORT: u16 = 21_000;

/// How many ports belong to a slot; some may be taken by strangers.
pub(crate) const PORTS: u16 = 40;

/// The ports that a cluster's programs listen on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Ports {
    /// kube-apiserver.
    pub(crate) api: u16,
    /// etcd, for kube-apiserver.
    pub(crate) etcd: u16,
    /// etcd, for other members, of which there are none.
    pub(crate) peer: u16,
    /// kube-controller-manager's health and metrics.
    pub(crate) controller_manager: u16,
    /// kube-scheduler's health and metrics.
    pub(crate) scheduler: u16,
    /// One for each zone.
    pub(crate) zones: BTreeMap<String, u16>,
}

impl Ports {
    /// Takes the first free ports of a slot.
    pub(crate) fn of(slot: u8, zones: &[String]) -> Result<Self, DirectoryError> {
        Self::among(slot, zones, |port| {
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
        })
    }

    pub(crate) fn among(
        slot: u8,
        zones: &[String],
        is_free: impl Fn(u16) -> bool,
    ) -> Result<Self, DirectoryError> {
        let first = FIRST_PORT + u16::from(slot) * PORTS;
        let mut free = (first..first + PORTS).filter(|port| is_free(*port));
        let mut next = || free.next().ok_or(DirectoryError::NoPort(first));
        Ok(Self {
            api: next()?,
            etcd: next()?,
            peer: next()?,
            controller_manager: next()?,
            scheduler: next()?,
            zones: zones
                .iter()
                .map(|zone| Ok((zone.clone(), next()?)))
                .collect::<Result<_, _>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::SLOTS;

    #[test]
    fn ports_of_slots_are_apart_and_taken_ones_are_passed_over() {
        let zones = ["a", "b"].map(str::to_owned);
        let first = Ports::among(0, &zones, |port| port != 21_001).unwrap();
        assert_eq!(
            (first.api, first.etcd, first.zones["b"]),
            (21_000, 21_002, 21_007)
        );
        assert_eq!(Ports::among(1, &zones, |_| true).unwrap().api, 21_040);
        assert!(u32::from(FIRST_PORT) + u32::from(SLOTS) * u32::from(PORTS) < 32_768);
        let error = Ports::among(1, &zones, |port| port > 21_077).unwrap_err();
        assert_eq!(error.to_string(), "of the 40 ports from 21040 too few are free");
    }

    #[test]
    fn a_port_that_somebody_listens_on_is_not_free() {
        let zones = ["a".to_owned()];
        let ports = Ports::of(SLOTS, &zones).unwrap();
        let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, ports.api)).unwrap();
        assert_ne!(Ports::of(SLOTS, &zones).unwrap().api, ports.api);
    }
}
