package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// asset is one file with the encodings that the build made of it.
type asset struct {
	kind      string // Content-Type
	etag      string
	immutable bool // its name has its hash
	plain     []byte
	brotli    []byte // nil when the build made none
	gzip      []byte // nil when the build made none
}

func readAssets(files fs.FS) (map[string]asset, error) {
	found := map[string]asset{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch ext := path.Ext(name); {
		case name == "index.html", strings.HasPrefix(path.Base(name), "."), ext == ".br", ext == ".gz":
			return nil
		}
		a := asset{kind: contentType(name), immutable: strings.HasPrefix(name, "assets/")}
		if a.plain, err = fs.ReadFile(files, name); err != nil {
			return err
		}
		// An encoding that is absent was not worth its bytes.
		a.brotli, _ = fs.ReadFile(files, name+".br")
		a.gzip, _ = fs.ReadFile(files, name+".gz")
		sum := sha256.Sum256(a.plain)
		a.etag = hex.EncodeToString(sum[:12])
		found[name] = a
		return nil
	})
	return found, err
}

// contentType answers for the kinds that the build makes without asking the
// machine's own table, which may call a script text/plain.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	body, etag := a.plain, a.etag
	h.Set("Vary", "Accept-Encoding")
	accepted := r.Header.Get("Accept-Encoding")
	switch {
	case a.brotli != nil && accepts(accepted, "br"):
		body, etag = a.brotli, etag+"-br"
		h.Set("Content-Encoding", "br")
	case a.gzip != nil && accepts(accepted, "gzip"):
		body, etag = a.gzip, etag+"-gz"
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Type", a.kind)
	h.Set("ETag", `"`+etag+`"`)
	if a.immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	// ServeContent answers If-None-Match. Ranges of an encoded file would be
	// ranges of its compressed bytes, and nobody asks for them.
	r.Header.Del("Range")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// accepts reads Accept-Encoding: an encoding is accepted when it is named, and
// not with a weight of zero (RFC 9110, 12.5.3).
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, weighted := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), encoding) {
			continue
		}
		if !weighted {
			return true
		}
		q := strings.TrimSpace(weight)
		return strings.Trim(strings.TrimPrefix(strings.ToLower(q), "q="), "0.") != ""
	}
	return false
}
