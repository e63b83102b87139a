// Command kube-score holds the manifests on standard input against the practices that the upstream kube-score knows. A module
// of its own, as it needs older Kubernetes types than everything else here.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/zegl/kube-score/config"
	"github.com/zegl/kube-score/domain"
	"github.com/zegl/kube-score/parser"
	"github.com/zegl/kube-score/renderer/ci"
	"github.com/zegl/kube-score/score"
	"github.com/zegl/kube-score/score/checks"
	"github.com/zegl/kube-score/scorecard"
)

type namedInput struct{ io.Reader }

func (namedInput) Name() string { return "stdin" }

var _ domain.NamedReader = namedInput{}

// Arguments are the checks to leave out. Prints one line per check; fails on warnings too.
func main() {
	leaveOut := map[string]struct{}{}
	for _, check := range os.Args[1:] {
		leaveOut[check] = struct{}{}
	}
	// A limit on CPU throttles at the very moment that counts.
	run := &config.RunConfiguration{
		IgnoreContainerCpuLimitRequirement: true,
		UseIgnoreChecksAnnotation:          true,
		UseOptionalChecksAnnotation:        true,
		KubernetesVersion:                  config.Semver{Major: 1, Minor: 31},
		MinReplicasDeployment:              1,
		MinReplicasHPA:                     1,
	}
	p, err := parser.New(&parser.Config{})
	if err != nil {
		fail(err)
	}
	parsed, err := p.ParseFiles([]domain.NamedReader{namedInput{os.Stdin}})
	if err != nil {
		fail(err)
	}
	card, err := score.Score(parsed, score.RegisterAllChecks(parsed, &checks.Config{IgnoredTests: leaveOut}, run), run)
	if err != nil {
		fail(err)
	}
	if _, err := io.Copy(os.Stdout, ci.CI(card)); err != nil {
		fail(err)
	}
	if card.AnyBelowOrEqualToGrade(scorecard.GradeWarning) {
		os.Exit(1)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}
