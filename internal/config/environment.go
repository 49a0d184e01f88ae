package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/spelling"
)

const envPrefix = "NIGHTJAR_"

// unknownVariables refuses variables that look like options and are none: a
// misspelt one would be without effect, and nobody would notice.
func unknownVariables(names []string) []error {
	var known []string
	for _, o := range Options() {
		known = append(known, strings.TrimPrefix(o.Env(), envPrefix))
	}
	known = append(known, "CONFIG")
	var errs []error
	for _, name := range names {
		rest, ours := strings.CutPrefix(name, envPrefix)
		if !ours || slices.Contains(known, rest) || foreign(rest) {
			continue
		}
		hint := "docs/configuration.md lists the variables"
		if near := spelling.Nearest(rest, known); near != "" {
			hint = fmt.Sprintf("did you mean %s%s?", envPrefix, near)
		}
		errs = append(errs, invalid(fmt.Sprintf("unknown variable %s in the environment", name), hint))
	}
	return errs
}

// foreign is true of names with our prefix that others give. Kubernetes sets
// some for each service, and a service may well be named nightjar; this
// project's tests have a few.
// Source: kubernetes.io/docs/concepts/services-networking/service/#environment-variables, read 2026-11-22.
func foreign(name string) bool {
	if name == "PORT" || name == "SERVICE_HOST" {
		return true
	}
	for _, prefix := range []string{"PORT_", "SERVICE_PORT", "TEST_", "ACCEPTANCE_", "FUZZ_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
