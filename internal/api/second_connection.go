package api

import (
	"time"

	"github.com/nightjar-sec/nightjar/internal/connect"
)

// connectionNow is what a second person knows a connection by. It changes when
// somebody else replaces its credential or connects the tenant anew.
type connectionNow struct {
	Name       string                 `json:"name"`
	ClientID   string                 `json:"client_id"`
	Credential connect.CredentialKind `json:"credential"`
	Thumbprint string                 `json:"thumbprint,omitempty"`
	Expires    time.Time              `json:"expires,omitzero"`
	Created    time.Time              `json:"created"`
}

func nowOf(k connect.Connection) connectionNow {
	return connectionNow{k.Name, k.ClientID, k.Credential.Kind, k.Credential.Thumbprint, k.Credential.Expires, k.Created}
}

func (s *Server) describeDisconnecting(c *call) (*matter, error) {
	k, err := c.connection()
	if err != nil {
		return nil, err
	}
	return &matter{
		target: k.Name, summary: "Disconnect " + k.Name + ": nothing more is collected of it, and its credential is destroyed. Its events stay.",
		path: map[string]string{"tenant": string(k.ID)}, now: nowOf(k),
	}, nil
}

// describeCredential leaves out what is secret: who asked gives it again.
func (s *Server) describeCredential(c *call) (*matter, error) {
	var q credentialInput
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	if _, err := c.credential(q); err != nil {
		return nil, err
	}
	k, err := c.connection()
	if err != nil {
		return nil, err
	}
	return &matter{
		target:  k.Name,
		summary: "Replace the credential of " + k.Name + ", which is of the kind " + string(k.Credential.Kind) + ", by another one of the kind " + q.Kind + ".",
		path:    map[string]string{"tenant": string(k.ID)},
		body: struct {
			Kind               string    `json:"kind"`
			SecretExpires      time.Time `json:"secret_expires,omitzero"`
			Certificate        string    `json:"certificate,omitempty"`
			FederatedTokenFile string    `json:"federated_token_file,omitempty"`
		}{q.Kind, q.SecretExpires, q.Certificate, q.FederatedTokenFile},
		now: nowOf(k),
	}, nil
}
