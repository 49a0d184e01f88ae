// Package rules holds the detection rules that Nightjar ships, and nothing
// else: a folder a pack, and the records that their tests are made of in
// shapes. internal/ruleset reads them.
package rules

import "embed"

// FS has the packs: <pack>/*.yml, and shapes/*.yml.
//
//go:embed */*.yml
var FS embed.FS

// Shapes has the records for tests alone: shapes/*.yml.
//
//go:embed shapes/*.yml
var Shapes embed.FS
