#!/bin/sh
# A node: process 1 of its own process, mount, network, control group, host name and IPC namespaces. Started in the
# machine's mounts as
#   sh node.sh NAME ADDRESS DISK CONTROL-GROUP PROGRAMS IMAGES
# To kill it is to pull its plug: everything that ran in the node goes with the process namespace, its mounts with the
# mount namespace, its links with the network namespace.
#
# DISK/var is its /var, with configuration in /var/etc, PROGRAMS as /var/bin and IMAGES as /var/images: a node that
# comes back finds its images. /run is in memory: it finds no processes and no addresses of before.
set -eu
stage=${STAGE:-outside}
node=$1 address=$2 disk=$3 group=$4 programs=$5 images=$6

# Each hierarchy of control groups: one for each controller in version 1, a single one in version 2.
hierarchies() {
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    echo /sys/fs/cgroup
  else
    for hierarchy in /sys/fs/cgroup/*; do
      [ ! -e "$hierarchy/tasks" ] || echo "$hierarchy"
    done
  fi
}

case $stage in
outside) # into the node's groups first, for the namespace takes them as its root
  for hierarchy in $(hierarchies); do echo $$ > "$hierarchy/$group/cgroup.procs"; done
  export STAGE=grouped
  exec unshare --cgroup sh "$0" "$@"
  ;;
grouped) # a group of version 2 hands out controllers only while no process is in it: all live in one below
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    mkdir "/sys/fs/cgroup/$group/node"
    echo $$ > "/sys/fs/cgroup/$group/node/cgroup.procs"
  fi
  export STAGE=inside
  exec unshare --mount --net --uts --ipc --pid --fork --kill-child --mount-proc sh "$0" "$@"
  ;;
esac
unset STAGE
exec < /dev/null

until ip link show eth0 > /dev/null 2>&1; do sleep 0.05; done # plugged from outside, once this namespace is there
echo "$node" > /proc/sys/kernel/hostname
echo 1 > /proc/sys/net/ipv4/ip_forward
ip link set lo up
ip address add "$address/24" dev eth0
ip link set eth0 up
ip -batch "$disk/var/etc/routes"

# The links and control groups of these namespaces in /sys, not the machine's: the kubelet sees only its own pods.
version_1=$(sed -n '/^0:/!p' /proc/self/cgroup | cut -d: -f2)
version_2=
[ ! -e /sys/fs/cgroup/cgroup.controllers ] || version_2=yes
mount -t sysfs sysfs /sys
if [ "$version_2" ]; then
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  sed 's/[a-z][a-z_]*/+&/g' /sys/fs/cgroup/cgroup.controllers > /sys/fs/cgroup/cgroup.subtree_control
else
  mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
  for controllers in $version_1; do
    mkdir "/sys/fs/cgroup/${controllers#name=}"
    case $controllers in
    name=*) mount -t cgroup -o "none,$controllers" cgroup "/sys/fs/cgroup/${controllers#name=}" ;;
    *) mount -t cgroup -o "$controllers" cgroup "/sys/fs/cgroup/$controllers" ;;
    esac
  done
fi

# Kubelet and containerd have paths below /var and /run that no option moves.
mount --bind -o ro "$programs" "$disk/var/bin"
mount --bind -o ro "$images" "$disk/var/images"
mount --rbind "$disk/var" /var
mount -t tmpfs -o mode=755 tmpfs /run

# The kubelet wants six settings of the kernel, and would set them for the whole machine: it is shown what it wants.
while read -r setting value; do
  shown=/run/$(echo "$setting" | tr / .)
  echo "$value" > "$shown"
  mount --bind "$shown" "/proc/sys/$setting"
done << 'SETTINGS'
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
SETTINGS

export PATH="/var/bin:$PATH"

# Runs a program again whenever it ends, and notes that it did.
keep() {
  while :; do
    status=0
    "$@" >> "/var/log/$1.log" 2>&1 || status=$?
    echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $1 ended with $status, and was started again" >> /var/log/ended
    sleep 1
  done
}

keep containerd --config /var/etc/containerd.toml &
until ctr version > /dev/null 2>&1; do sleep 0.1; done
: > /run/node-is-up # from here on commands can be run in here
sh /var/etc/take-images
keep kube-proxy --config /var/etc/kube-proxy.yaml --hostname-override "$node" &
keep kubelet --config /var/etc/kubelet.yaml --kubeconfig /var/etc/kubelet.kubeconfig --hostname-override "$node" \
  --node-ip "$address" --node-labels "$(cat /var/etc/labels)" &
wait # and reap what is orphaned
