// Command coredns is CoreDNS with only the plugins a cluster's DNS needs; the upstream list links the SDKs of
// three clouds, which is most of its build time.
package main

import (
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/loadbalance"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/template"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
)

func init() {
	// The order is the order in which a query passes the plugins: hosts knows the headless
	// names of a process node, whose loopback addresses no EndpointSlice may hold; template answers what all passed on.
	dnsserver.Directives = []string{"bind", "ready", "errors", "cache", "loadbalance", "hosts", "kubernetes", "template"}
}

func main() { coremain.Run() }
