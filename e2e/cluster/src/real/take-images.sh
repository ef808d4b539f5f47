#!/bin/sh
# Runs in a node: takes every image of /var/images that is not there yet. An image is a folder with `archive`, in OCI
# layout, and `names`: NAME@DIGEST in the first line, further names below.
set -eu
present=$(ctr --namespace k8s.io images list --quiet)
has() { echo "$present" | grep -qxF "$1"; }

for image in /var/images/*/; do
  read -r first < "${image}names"
  # An image can be loaded while the node starts and does the same: to take it twice does no harm.
  has "$first" || ctr --namespace k8s.io images import --digests --base-name "${first%@*}" "${image}archive" > /dev/null
  while read -r name; do
    [ "$name" = "$first" ] || has "$name" || ctr --namespace k8s.io images tag --force "$first" "$name" > /dev/null
  done < "${image}names"
done
