package config

import (
	"net/url"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
)

// CloudKeys describes the keys of an entry of clouds.
func CloudKeys() []KeyDoc {
	return []KeyDoc{
		{"login", "Root of the sign-in endpoint, an https URL. Required."},
		{"management", "Root of the Management Activity API. Required."},
		{"graph", "Root of Microsoft Graph. Required."},
		{"ca_file", "PEM file of certificates trusted for this cloud in addition to the system's."},
	}
}

func (r *fileReader) clouds(value *yaml.Node) []nightjar.Cloud {
	if value.Kind == yaml.ScalarNode && value.Tag == "!!null" {
		return nil
	}
	if value.Kind != yaml.MappingNode {
		r.fail(value, "e.g. clouds: {lab: {login: https://…, management: https://…, graph: https://…}}", "clouds is not a map from name to roots")
		return nil
	}
	var out []nightjar.Cloud
	for key, v := range r.pairs(value) {
		for _, known := range nightjar.Clouds() {
			if known.Name == key.Value {
				r.fail(key, "choose another name", "the cloud %q is built in", key.Value)
			}
		}
		if v.Kind != yaml.MappingNode {
			r.fail(v, "", "the cloud %q is not a map of keys", key.Value)
			continue
		}
		out = append(out, r.cloud(key, v))
	}
	return out
}

func (r *fileReader) cloud(name, m *yaml.Node) nightjar.Cloud {
	cloud := nightjar.Cloud{Name: name.Value}
	for key, v := range r.pairs(m) {
		switch key.Value {
		case "login":
			cloud.Login = r.root(v)
		case "management":
			cloud.Management = r.root(v)
		case "graph":
			cloud.Graph = r.root(v)
		case "ca_file":
			cloud.CAFile = r.path(v.Value)
		default:
			r.unknown(key, "", keyNames(CloudKeys()))
		}
	}
	for _, need := range []struct{ key, value string }{
		{"login", cloud.Login}, {"management", cloud.Management}, {"graph", cloud.Graph},
	} {
		if need.value == "" {
			r.fail(name, "give its root URL", "the cloud %q has no %s", name.Value, need.key)
		}
	}
	return cloud
}

// root reads an https URL and drops the slash behind it.
func (r *fileReader) root(v *yaml.Node) string {
	u, err := url.Parse(v.Value)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" {
		r.fail(v, "e.g. https://login.example.com", "%q is not an https URL", v.Value)
		return "https://invalid"
	}
	return strings.TrimRight(v.Value, "/")
}

// AllClouds returns the built-in clouds and those of the file, by name.
func (c *Config) AllClouds() map[string]nightjar.Cloud {
	all := map[string]nightjar.Cloud{}
	for _, cloud := range append(nightjar.Clouds(), c.Clouds...) {
		all[cloud.Name] = cloud
	}
	return all
}
