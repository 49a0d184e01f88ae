package web

import (
	"embed"
	"io/fs"
)

// dist always holds a .gitignore, so that the package compiles before the
// console was ever built.
//
//go:embed all:dist
var dist embed.FS

// notBuilt is served instead of the console when dist is empty.
//
//go:embed placeholder.html
var notBuilt []byte

func embedded() (fs.FS, error) { return fs.Sub(dist, "dist") }
