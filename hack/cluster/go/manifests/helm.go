package main

import (
	"errors"
	"os"

	helmcmd "helm.sh/helm/v4/pkg/cmd"
	"helm.sh/helm/v4/pkg/kube"
)

// As cmd/helm of helm does.
func helm(args []string) {
	kube.ManagedFieldsManager = "helm"
	cmd, err := helmcmd.NewRootCmd(os.Stdout, args, helmcmd.SetupLogging)
	if err != nil {
		fail(err)
	}
	if err := cmd.Execute(); err != nil {
		var known helmcmd.CommandError
		if errors.As(err, &known) {
			os.Exit(known.ExitCode)
		}
		os.Exit(1)
	}
}
