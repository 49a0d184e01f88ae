package config

import (
	"fmt"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// checkTenants applies the rules that span several keys of a tenant or
// several tenants.
func (c *Config) checkTenants() []error {
	var errs []error
	clouds := c.AllClouds()
	names, ids := map[string]int{}, map[nightjar.TenantID]int{}
	for _, t := range c.Tenants {
		fail := func(hint, format string, args ...any) {
			errs = append(errs, invalid(fmt.Sprintf("%s:%d: tenant %s: %s", c.File, t.Line, t.label(), fmt.Sprintf(format, args...)), hint))
		}
		if t.Name == "" {
			fail("give it a short name, e.g. name: contoso", "no name")
		} else if line, twice := names[strings.ToLower(t.Name)]; twice {
			fail("names are unique", "the name is taken by the tenant on line %d", line)
		}
		names[strings.ToLower(t.Name)] = t.Line
		if t.ID == "" {
			fail("copy \"Directory (tenant) ID\" from the application's Overview page in the Entra admin center", "no id")
		} else if line, twice := ids[t.ID]; twice {
			fail("keep one connection per tenant id", "the id is declared already on line %d", line)
		}
		ids[t.ID] = t.Line
		if _, err := nightjar.ParseTenantID(t.ClientID); err != nil {
			fail("copy \"Application (client) ID\" from the application's Overview page", "client_id %q is not a GUID", t.ClientID)
		}
		if _, known := clouds[t.Domain().Cloud]; !known {
			fail("use commercial, gcc, gcchigh, dod, or a name under clouds", "unknown cloud %q", t.Cloud)
		}
		if message, hint := t.credentialProblem(); message != "" {
			fail(hint, "%s", message)
		}
	}
	return errs
}

func (t Tenant) label() string {
	if t.Name != "" {
		return t.Name
	}
	return string(t.ID)
}

func (t Tenant) credentialProblem() (message, hint string) {
	kinds := 0
	for _, given := range []bool{t.ClientSecretFile != "", t.CertificateFile != "" || t.PrivateKeyFile != "", t.FederatedTokenFile != ""} {
		if given {
			kinds++
		}
	}
	switch {
	case kinds == 0:
		return "no credential", "give client_secret_file, or certificate_file and private_key_file, or federated_token_file"
	case kinds > 1:
		return "more than one credential", "keep one of client_secret_file, certificate_file and federated_token_file"
	case (t.CertificateFile == "") != (t.PrivateKeyFile == ""):
		return "half a certificate", "give both certificate_file and private_key_file"
	}
	return "", ""
}
