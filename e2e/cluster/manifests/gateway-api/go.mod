// The release of the Gateway API whose own definitions the simulated suite installs; go.sum holds its checksum.
module gateway-api

go 1.24

require sigs.k8s.io/gateway-api v1.6.0
