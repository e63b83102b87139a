// Command manifests is what users of our manifests have on their machines, in one binary: the first argument names the
// program to become. helm is the upstream one; `health` judges a resource as Argo CD does, with the Lua
// interpreter that Argo CD embeds, and `kstatus` as Flux and `kubectl wait`-like tools do, with the library that they use.
package main

import (
	"errors"
	"fmt"
	"os"
)

const usage = "usage: manifests helm|health|kstatus [arguments]"

func main() {
	if len(os.Args) < 2 {
		fail(errors.New(usage))
	}
	program, args := os.Args[1], os.Args[2:]
	os.Args = append([]string{program}, args...)
	switch program {
	case "helm":
		helm(args)
	case "health":
		health(args)
	case "kstatus":
		kstatus()
	default:
		fail(errors.New(usage))
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}
