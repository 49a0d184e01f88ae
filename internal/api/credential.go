package api

import (
	"context"
	"net/http"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/connect"
)

// credentialInput is a credential as it comes in. It goes one way.
type credentialInput struct {
	Kind               string     `json:"kind"`
	Secret             secretText `json:"secret"`
	SecretExpires      time.Time  `json:"secret_expires"`
	Certificate        string     `json:"certificate"`
	PrivateKey         secretText `json:"private_key"`
	FederatedTokenFile string     `json:"federated_token_file"`
}

func (c *call) credential(q credentialInput) (connect.CredentialInput, error) {
	if q.Kind == "federated" && !c.who.MayAll(c.route.Permission) {
		// It names a file of this machine, which belongs to no tenant.
		return connect.CredentialInput{}, forbidden(c.route.Permission)
	}
	return q.input()
}

func (q credentialInput) input() (connect.CredentialInput, error) {
	has := map[string]bool{
		"secret": !q.Secret.IsZero(), "certificate": q.Certificate != "", "private_key": !q.PrivateKey.IsZero(), "federated_token_file": q.FederatedTokenFile != "",
	}
	needs := map[string][]string{
		"secret": {"secret"}, "certificate": {"certificate", "private_key"}, "generated": {}, "federated": {"federated_token_file"},
	}
	fields, known := needs[q.Kind]
	if !known {
		return connect.CredentialInput{}, invalid("there is no such kind of credential", "the kinds are secret, certificate, generated and federated")
	}
	given := 0
	for _, f := range fields {
		if !has[f] {
			return connect.CredentialInput{}, invalid("a credential of this kind needs "+f, "docs/api.md has the fields of each kind")
		}
	}
	for _, h := range has {
		if h {
			given++
		}
	}
	if given > len(fields) {
		return connect.CredentialInput{}, invalid("the credential has fields of another kind", "give those of its kind alone")
	}
	return connect.CredentialInput{
		Secret: q.Secret.Value, SecretExpires: q.SecretExpires, Certificate: []byte(q.Certificate), PrivateKey: q.PrivateKey.Value,
		Generated: q.Kind == "generated", FederatedTokenFile: q.FederatedTokenFile,
	}, nil
}

func (s *Server) replaceCredential(c *call) error {
	var q credentialInput
	if err := c.decode(&q); err != nil {
		return err
	}
	in, err := c.credential(q)
	if err != nil {
		return err
	}
	k, err := c.connection()
	if err != nil {
		return err
	}
	err = c.recording(nightjar.ActionConnectionSecret, k.ID, k.Name, map[string]string{"credential": q.Kind}, func(ctx context.Context) error {
		done, err := s.cfg.Connect.SetCredential(ctx, string(k.ID), in)
		k = done.Connection
		return err
	})
	if err != nil {
		return err
	}
	return c.answerConnection(http.StatusOK, k)
}
