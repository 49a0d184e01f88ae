package cli

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/health"
)

// healthTimeout is longer than the daemon's own bound on its checks.
const healthTimeout = 10 * time.Second

// maxStatus is far above any status, also with a warning for each feed of a thousand tenants.
const maxStatus = 32 << 20

func newHealth(p Process) *cobra.Command {
	var asJSON, exitCode bool
	cmd := &cobra.Command{
		Use: "health", Short: "Ask the running daemon what is wrong", Args: noArguments,
		Long: `Asks "nightjar serve" on its listen address and prints its checks and warnings, each with
what to do about it. With --exit-code it ends with 1 when a check fails, for health probes;
warnings, such as one tenant's trouble, do not count.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load(p, cmd)
			if err != nil {
				return err
			}
			own, err := ownTLS(c.Console.CertFile)
			if err != nil {
				return err
			}
			status, err := askHealth(cmd.Context(), c.Listen, own)
			if err != nil {
				return err
			}
			if asJSON {
				err = writeJSON(p, status)
			} else {
				err = printHealth(p, status)
			}
			if err == nil && exitCode && status.Status == "failed" {
				return &silentError{exitFailed}
			}
			return err
		},
	}
	jsonFlag(cmd, &asJSON)
	cmd.Flags().BoolVar(&exitCode, "exit-code", false, "end with 1 when a check fails")
	return withConfig(cmd, false)
}

func askHealth(ctx context.Context, listen string, own *tls.Config) (status health.Status, err error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return status, usageError("set listen, as the daemon has it", "nothing listens: listen is %q", listen)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	scheme := "http://"
	if own != nil {
		scheme = "https://"
	}
	address := scheme + net.JoinHostPort(host, port) + "/healthz?verbose"
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return status, err
	}
	// The daemon is on this machine: no proxy stands between.
	client := &http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true, TLSClientConfig: own}}
	answer, err := client.Do(r)
	if err != nil {
		return status, &nightjar.Error{
			Code: nightjar.CodeUnavailable, Message: "no nightjar answers on " + listen,
			Hint: "start it with nightjar serve, or give its address with --listen", Err: err,
		}
	}
	defer func() { _ = answer.Body.Close() }()
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxStatus)).Decode(&status); err != nil {
		return status, &nightjar.Error{Code: nightjar.CodeUnavailable, Message: "what answers on " + listen + " is not nightjar", Hint: "check listen", Err: err}
	}
	return status, nil
}

func printHealth(p Process, s health.Status) error {
	fmt.Fprintf(p.Stdout, "%s, version %s\n", s.Status, s.Build.Version)
	for _, c := range s.Checks {
		state := "ok"
		if !c.OK {
			state = "FAILED: " + safe(c.Error)
		}
		fmt.Fprintf(p.Stdout, "  %-10s %s\n", c.Name, state)
	}
	for _, w := range s.Warnings {
		of := w.Name
		if w.Source != "" {
			of += " " + w.Source
		}
		if of != "" {
			of = " (" + of + ")"
		}
		fmt.Fprintf(p.Stdout, "\n%s: %s%s, since %s\n  %s\n  → %s\n", w.Severity, w.Title, of, shortTime(w.Since), safe(w.Text), w.Remedy)
	}
	return nil
}
