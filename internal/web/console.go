package web

import (
	"crypto/rand"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// Config says what to serve and how.
type Config struct {
	// Files are the built console; nil means those embedded in the binary.
	Files fs.FS
	// HTTPS says that people reach the console by https even where this process
	// is spoken to in plain HTTP, because a proxy stands before it.
	HTTPS bool
	// Random is the source of nonces; nil means crypto/rand.
	Random io.Reader
}

// Console is the handler of every path that is not the API's.
// It is safe for concurrent use.
type Console struct {
	assets map[string]asset
	page   page
	https  bool
	random io.Reader
	built  bool
}

// New reads all files once: a missing or torn one is known at the start, not
// when somebody opens a screen.
func New(cfg Config) (*Console, error) {
	files := cfg.Files
	if files == nil {
		var err error
		if files, err = embedded(); err != nil {
			return nil, fmt.Errorf("open the embedded console: %w", err)
		}
	}
	c := &Console{https: cfg.HTTPS, random: cfg.Random}
	if c.random == nil {
		c.random = rand.Reader
	}
	index, err := fs.ReadFile(files, "index.html")
	if err == nil {
		c.built = true
		if c.page, err = newPage(index); err != nil {
			return nil, err
		}
		c.assets, err = readAssets(files)
		if err != nil {
			return nil, fmt.Errorf("read the console's files: %w", err)
		}
		return c, nil
	}
	c.page = page{parts: []string{string(notBuilt)}}
	return c, nil
}

// Built reports whether the console itself is served, and not the page that
// says how to build it.
func (c *Console) Built() bool { return c.built }

// ServeHTTP answers with a file, or with the page for every path that could
// be one of the console's own: deep links work because the page reads them.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.guard(w.Header(), r)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if a, ok := c.assets[name]; ok {
		a.serve(w, r)
		return
	}
	// A name with an extension is a file that is gone, after an upgrade perhaps.
	// To answer it with the page would have the browser run HTML as a script.
	if path.Ext(name) != "" || under(name, "assets") || under(name, "api") {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "no such file", http.StatusNotFound)
		return
	}
	nonce, err := newNonce(c.random)
	if err != nil {
		http.Error(w, string(nightjar.CodeInternal), http.StatusInternalServerError)
		return
	}
	c.page.serve(w, r, nonce)
}

func under(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}
