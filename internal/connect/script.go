package connect

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"text/template"

	nightjar "github.com/nightjar-sec/nightjar"
)

//go:embed scripts/*.tmpl
var scriptFiles embed.FS

// ScriptKind is a tool with which an administrator makes the application.
type ScriptKind string

// The kinds.
const (
	ScriptAzureCLI   ScriptKind = "az"
	ScriptPowerShell ScriptKind = "powershell"
	ScriptTerraform  ScriptKind = "terraform"
)

// Script makes a tenant's own application.
type Script struct {
	Kind ScriptKind `json:"kind"`
	File string     `json:"filename"`
	Text string     `json:"text"`
}

// scriptAPI is an API with the permissions of it that are asked for.
type scriptAPI struct {
	ID, Name, Label string
	Permissions     []scriptPermission
}

type scriptPermission struct {
	Permission
	Label string // as Terraform names it
}

// scriptData is what the templates show.
type scriptData struct {
	File, Titles                                              string
	AzureCloud, Graph, GraphEnvironment, TerraformEnvironment string
	Permissions                                               []Permission
	APIs                                                      []scriptAPI
}

// Scripts writes a script that makes a tenant's own application with exactly
// the permissions that the services need. Nothing that anybody typed goes into
// it. A cloud of one's own is taken for the commercial one.
func Scripts(kind ScriptKind, services []ServiceID, cloud string) (Script, error) {
	name := map[ScriptKind]string{ScriptAzureCLI: "az.sh", ScriptPowerShell: "powershell.ps1", ScriptTerraform: "terraform.tf"}[kind]
	if name == "" {
		return Script{}, &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("no script is written for %.80q", kind), Hint: "choose of az, powershell, terraform"}
	}
	chosen, err := choose(services)
	if err != nil {
		return Script{}, err
	}
	d := scriptDataOf(chosen, cloud)
	_, extension, _ := strings.Cut(name, ".")
	d.File = "nightjar-app." + extension
	t, err := template.ParseFS(scriptFiles, "scripts/"+name+".tmpl")
	if err != nil {
		return Script{}, fmt.Errorf("read the script's template: %w", err)
	}
	var text strings.Builder
	if err := t.Execute(&text, d); err != nil {
		return Script{}, fmt.Errorf("write the script: %w", err)
	}
	return Script{Kind: kind, File: d.File, Text: text.String()}, nil
}

func scriptDataOf(services []Service, cloud string) scriptData {
	d := scriptData{AzureCloud: "AzureCloud", Graph: "https://graph.microsoft.com", GraphEnvironment: "Global", TerraformEnvironment: "global"}
	// Sources, read 2026-11-22: learn.microsoft.com/graph/deployments,
	// learn.microsoft.com/cli/azure/cloud, learn.microsoft.com/powershell/microsoftgraph/authentication-commands
	// and registry.terraform.io/providers/hashicorp/azuread/latest/docs. GCC lives in the commercial directory.
	switch cloud {
	case "gcchigh":
		d.AzureCloud, d.Graph, d.GraphEnvironment, d.TerraformEnvironment = "AzureUSGovernment", "https://graph.microsoft.us", "USGov", "usgovernmentl4"
	case "dod":
		d.AzureCloud, d.Graph, d.GraphEnvironment, d.TerraformEnvironment = "AzureUSGovernment", "https://dod-graph.microsoft.us", "USGovDoD", "usgovernmentl5"
	}
	var titles []string
	for _, s := range services {
		titles = append(titles, "the "+strings.ToLower(s.Title[:1])+s.Title[1:])
		for _, p := range s.Permissions {
			if slices.ContainsFunc(d.Permissions, func(known Permission) bool { return known.ID == p.ID }) {
				continue
			}
			d.Permissions = append(d.Permissions, p)
			at := slices.IndexFunc(d.APIs, func(a scriptAPI) bool { return a.ID == p.APIID })
			if at < 0 {
				at = len(d.APIs)
				d.APIs = append(d.APIs, scriptAPI{ID: p.APIID, Name: p.API, Label: label(p.API)})
			}
			d.APIs[at].Permissions = append(d.APIs[at].Permissions, scriptPermission{p, label(p.Name)})
		}
	}
	d.Titles = strings.Join(titles, ", ")
	return d
}

// label makes of a name one that Terraform takes.
func label(name string) string {
	return strings.NewReplacer(" ", "_", ".", "_", "-", "_").Replace(strings.ToLower(name))
}
