// Command coredns is CoreDNS with only the plugins a cluster's DNS needs; the upstream list links the SDKs of
// three clouds, which is most of its build time.
package main

import (
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/log"
	_ "github.com/coredns/coredns/plugin/loop"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/template"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
)

func init() {
	// The order is the order in which a query passes the plugins.
	dnsserver.Directives = []string{
		"ready", "health", "errors", "log", "cache", "template", "hosts", "loop", "kubernetes", "forward",
	}
}

func main() { coremain.Run() }
