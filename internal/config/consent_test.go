package config

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

func TestTheApplicationForConsentIsRead(t *testing.T) {
	t.Parallel()
	file := write(t, "consent:\n  client_id: "+tenantID+"\n  client_secret_file: operator.secret\n  redirect_url: https://n.example.com/consent/callback\nconnect: {expiry_warning: 30d}\n")
	c, err := Load(Sources{File: file})
	if err != nil {
		t.Fatal(err)
	}
	want := Consent{ClientID: tenantID, ClientSecretFile: filepath.Join(filepath.Dir(file), "operator.secret"), RedirectURL: "https://n.example.com/consent/callback"}
	if c.Consent != want || c.Connect.ExpiryWarning != 30*24*time.Hour {
		t.Errorf("read %+v, %+v", c.Consent, c.Connect)
	}
	if c, err = Load(Sources{}); err != nil || c.Consent != (Consent{}) || c.Connect.ExpiryWarning != 90*24*time.Hour {
		t.Errorf("without a file %+v, %+v, %v", c.Consent, c.Connect, err)
	}
}

func TestAnApplicationForConsentThatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"client id is no GUID":    "client_id: nightjar, client_secret_file: s",
		"no credential":           "client_id: " + tenantID,
		"two credentials":         "client_id: " + tenantID + ", client_secret_file: s, certificate_file: c, private_key_file: k",
		"certificate without key": "client_id: " + tenantID + ", certificate_file: c",
		"address is a path":       "client_id: " + tenantID + ", client_secret_file: s, redirect_url: /consent/callback",
	} {
		_, err := Load(Sources{File: write(t, "consent: {"+text+"}\n")})
		if nightjar.CodeOf(err) != nightjar.CodeInvalid || nightjar.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
