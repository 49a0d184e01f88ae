package geo

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// publisher is a server of address data. It serves files by path and counts requests.
type publisher struct {
	*httptest.Server
	mu    sync.Mutex
	files map[string][]byte
	asked []string
	next  http.HandlerFunc // answers in place of the files when set
}

func newPublisher(t *testing.T) *publisher {
	t.Helper()
	p := &publisher{files: map[string][]byte{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked = append(p.asked, r.URL.Path)
		if p.next != nil {
			p.next(w, r)
			return
		}
		data, ok := p.files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(data)
	}))
	t.Cleanup(p.Close)
	return p
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (m mmdb) bytes(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "made.mmdb")
	m.write(t, path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func cityData(t testing.TB, city string, at time.Time) []byte {
	t.Helper()
	return mmdb{built: at, list: []entry{place("81.2.69.0/24", city, "GB", 51.5, -0.12), place("2a02:6b8::/32", city, "GB", 51.5, -0.12)}}.bytes(t)
}

func asnData(t testing.TB, at time.Time) []byte {
	t.Helper()
	return mmdb{kind: "DBIP-ASN-Lite", built: at, list: []entry{system("81.2.69.0/24", 20712, "Andrews & Arnold")}}.bytes(t)
}

// updating is an updater of a publisher's, and the atlas of its folder.
func updating(t *testing.T, p *publisher, change ...func(*UpdaterConfig)) (*Updater, *Atlas, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "geo")
	cfg := UpdaterConfig{Folder: dir, URL: p.URL + "/{data}-{month}.mmdb.gz", HTTP: p.Client()}
	for _, c := range change {
		c(&cfg)
	}
	u, err := NewUpdater(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return u, newAtlas(t, Config{Folder: dir}), dir
}

// names lists a folder, hidden files included.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestUpdateFetchesThisMonthOrTheLast(t *testing.T) {
	t.Parallel()
	p := newPublisher(t)
	now := time.Now().UTC()
	this, last := now.Format("2006-01"), firstOfMonth(now).AddDate(0, 0, -1).Format("2006-01")
	p.files["/city-"+this+".mmdb.gz"] = gzipped(t, cityData(t, "London", now))
	p.files["/asn-"+last+".mmdb.gz"] = gzipped(t, asnData(t, now.AddDate(0, -1, 0)))
	var told []string
	u, a, dir := updating(t, p, func(c *UpdaterConfig) {
		c.Progress = func(data string, done, total int64) { told = append(told, fmt.Sprint(data, done == total)) }
	})
	done, err := u.Update(t.Context())
	if err != nil || len(done) != 2 || done[0].Unchanged || done[0].Data != now.Format("DB-IP City Lite 2006-01") {
		t.Fatalf("%+v, %v", done, err)
	}
	a.Refresh()
	if f := a.Lookup(london); f.Place.City != "London" || f.Place.ASN != 20712 {
		t.Errorf("%+v", f)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"asn.mmdb", "city.mmdb"}) {
		t.Errorf("the folder has %v", got)
	}
	if !slices.Contains(told, "citytrue") || !slices.Contains(told, "asntrue") {
		t.Errorf("the progress was %v", told)
	}
	if done, err = u.Update(t.Context()); err != nil || !done[0].Unchanged || !done[1].Unchanged {
		t.Errorf("the second time: %+v, %v", done, err)
	}
}

func TestABadDownloadLeavesWhatWasThere(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	newer := cityData(t, "Newer", now)
	whole := gzipped(t, newer)
	broken := bytes.Clone(newer)
	copy(broken[len(broken)/3:], bytes.Repeat([]byte{0xff}, 200))
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		code   nightjar.Code
	}{
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(whole)))
			_, _ = w.Write(whole[:len(whole)/2])
		}, nightjar.CodeUnavailable},
		"cut off without saying":      {serveBytes(whole[:len(whole)/2]), nightjar.CodeCorrupt},
		"without the end of the gzip": {serveBytes(whole[:len(whole)-4]), nightjar.CodeCorrupt},
		"an error page":               {serveBytes([]byte("<html>busy</html>")), nightjar.CodeCorrupt},
		"nothing":                     {serveBytes(nil), nightjar.CodeCorrupt},
		"packed garbage":              {serveBytes(gzipped(t, []byte(strings.Repeat("garbage", 1000)))), nightjar.CodeCorrupt},
		"a damaged tree":              {serveBytes(gzipped(t, broken)), nightjar.CodeCorrupt},
		"too large by its own word": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99999999")
			_, _ = w.Write(whole)
		}, nightjar.CodeLimit},
		"a bomb":           {serveBytes(gzipped(t, make([]byte, 4<<20))), nightjar.CodeLimit},
		"another role":     {serveBytes(gzipped(t, asnData(t, now))), nightjar.CodeCorrupt},
		"an archive of it": {serveBytes(gzipped(t, tarOf(t, "notes.txt", newer))), nightjar.CodeCorrupt},
		"refused":          {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, nightjar.CodeUnauthorized},
		"too often":        {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }, nightjar.CodeThrottled},
		"down":             {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, nightjar.CodeUnavailable},
		"not there":        {http.NotFound, nightjar.CodeNotFound},
		"sent elsewhere without https": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://mirror.example.com/city.gz", http.StatusFound)
		}, nightjar.CodeUnavailable},
		"with another checksum": {func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".sha256") {
				_, _ = fmt.Fprintln(w, strings.Repeat("0", 64))
				return
			}
			_, _ = w.Write(whole)
		}, nightjar.CodeCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPublisher(t)
			p.next = func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, ".sha256") && name != "with another checksum" {
					http.NotFound(w, r) // as most mirrors
					return
				}
				c.answer(w, r)
			}
			u, a, dir := updating(t, p, func(cfg *UpdaterConfig) { cfg.MaxBytes = 1 << 20 })
			mmdb{list: []entry{place("81.2.69.0/24", "Older", "GB", 51.5, -0.12)}, built: now.AddDate(0, -2, 0)}.write(t, filepath.Join(dir, "city.mmdb"))
			done, err := u.Update(t.Context())
			if len(done) > 0 && name != "another role" || err == nil {
				t.Fatalf("it was taken: %+v, %v", done, err)
			}
			if joined, ok := err.(interface{ Unwrap() []error }); !ok || nightjar.CodeOf(joined.Unwrap()[0]) != c.code || nightjar.HintOf(joined.Unwrap()[0]) == "" {
				t.Errorf("code %s: %v", nightjar.CodeOf(err), err)
			}
			a.Refresh()
			if f := a.Lookup(london); f.Place.City != "Older" {
				t.Errorf("%q answers", f.Place.City)
			}
			for _, n := range names(t, dir) {
				if n != "city.mmdb" && (n != "asn.mmdb" || name != "another role") {
					t.Errorf("%s is left over", n)
				}
			}
		})
	}
}

func serveBytes(data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) }
}

func tarOf(t testing.TB, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range []struct {
		name string
		data []byte
	}{{"GeoLite2-City_20261101/LICENSE.txt", []byte("terms")}, {name, data}} {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: 0o600, Size: int64(len(f.data)), Format: tar.FormatUSTAR}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rerouted sends what is meant for MaxMind to the test's publisher, and keeps who asked.
type rerouted struct {
	to    *url.URL
	asked []string
}

func (r *rerouted) RoundTrip(req *http.Request) (*http.Response, error) {
	account, key, _ := req.BasicAuth()
	r.asked = append(r.asked, req.URL.Host+req.URL.Path+" "+account+":"+key)
	to := req.Clone(req.Context())
	to.URL.Scheme, to.URL.Host = r.to.Scheme, r.to.Host
	return http.DefaultTransport.RoundTrip(to)
}

func TestMaxMindIsAskedWithTheUsersKeyAndItsChecksumHolds(t *testing.T) {
	t.Parallel()
	const key = "canary-licence-key"
	now := time.Now().UTC()
	p := newPublisher(t)
	to, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	archives := map[string][]byte{
		"/geoip/databases/GeoLite2-City/download": gzipped(t, tarOf(t, "GeoLite2-City_20261101/GeoLite2-City.mmdb", cityData(t, "London", now))),
		"/geoip/databases/GeoLite2-ASN/download":  gzipped(t, tarOf(t, "GeoLite2-ASN_20261101/GeoLite2-ASN.mmdb", asnData(t, now))),
	}
	sums := map[string]string{}
	for path, data := range archives {
		sum := sha256.Sum256(data)
		sums[path] = hex.EncodeToString(sum[:])
	}
	p.next = func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("suffix") {
		case "tar.gz":
			_, _ = w.Write(archives[r.URL.Path])
		case "tar.gz.sha256":
			_, _ = fmt.Fprintln(w, sums[r.URL.Path]+"  archive.tar.gz")
		default:
			http.NotFound(w, r)
		}
	}
	transport := &rerouted{to: to}
	u, a, _ := updating(t, p, func(c *UpdaterConfig) {
		c.URL, c.Account, c.Key = "", "12345", secret.New(key)
		c.HTTP = &http.Client{Transport: transport}
	})
	if done, err := u.Update(t.Context()); err != nil || len(done) != 2 {
		t.Fatalf("%+v, %v", done, err)
	}
	a.Refresh()
	if f := a.Lookup(london); f.Place.City != "London" || f.Place.ASN != 20712 {
		t.Errorf("%+v", f)
	}
	if len(transport.asked) != 4 || !strings.HasPrefix(transport.asked[0], "download.maxmind.com/") || !strings.HasSuffix(transport.asked[0], " 12345:"+key) {
		t.Errorf("%v", transport.asked)
	}
	for path := range maps.Keys(sums) {
		sums[path] = strings.Repeat("1", 64)
	}
	_, err = u.Update(t.Context())
	if err == nil || strings.Contains(fmt.Sprintf("%+v %s", err, nightjar.HintOf(err)), key) {
		t.Errorf("another checksum: %v", err)
	}
	transport.to = &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
	if _, err := u.Update(t.Context()); err == nil || strings.Contains(err.Error(), key) {
		t.Errorf("no answer: %v", err)
	}
}

func TestOnlyHttpsIsFetched(t *testing.T) {
	t.Parallel()
	p := newPublisher(t)
	for _, address := range []string{"http://mirror.example.com/{data}.gz", "ftp://mirror.example.com/x", "file:///etc/passwd", "%zz"} {
		u, _, _ := updating(t, p, func(c *UpdaterConfig) { c.URL = address })
		if _, err := u.Update(t.Context()); err == nil || !strings.Contains(err.Error(), "https") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestAFileThatWasCarriedHereIsTaken(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	p := newPublisher(t)
	carried := t.TempDir()
	for name, c := range map[string]struct {
		data []byte
		to   string
	}{
		"plain.mmdb":        {cityData(t, "London", now), "city.mmdb"},
		"packed.mmdb.gz":    {gzipped(t, cityData(t, "London", now)), "city.mmdb"},
		"archive.tar.gz":    {gzipped(t, tarOf(t, "x/GeoLite2-City.mmdb", cityData(t, "London", now))), "city.mmdb"},
		"networks.mmdb":     {asnData(t, now), "asn.mmdb"},
		"tor.2026-11.txt":   {[]byte("185.220.101.1\n"), "tor.2026-11.txt"},
		"countries.mmdb.gz": {gzipped(t, mmdb{kind: "C", list: []entry{{"81.2.69.0/24", place("81.2.69.0/24", "", "GB", 0, 0).value}}}.bytes(t)), "country.mmdb"},
	} {
		u, _, dir := updating(t, p)
		path := filepath.Join(carried, name)
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		done, err := u.Import(t.Context(), path)
		if err != nil || filepath.Base(done.Path) != c.to || !slices.Equal(names(t, dir), []string{c.to}) {
			t.Errorf("%s: %+v, %v; the folder has %v", name, done, err, names(t, dir))
		}
	}
	for name, data := range map[string]string{"holidays.txt": "185.220.101.1\n", "vpn.txt": "hello\n", "x.mmdb": "hello"} {
		u, _, dir := updating(t, p)
		path := filepath.Join(carried, name)
		writeText(t, path, data)
		if _, err := u.Import(t.Context(), path); err == nil || nightjar.HintOf(err) == "" || len(names(t, dir)) > 0 {
			t.Errorf("%s: %v; the folder has %v", name, err, names(t, dir))
		}
	}
	if len(p.asked) > 0 {
		t.Errorf("something was asked of the network: %v", p.asked)
	}
}

func TestAnUpdateCanBeCalledOff(t *testing.T) {
	t.Parallel()
	p := newPublisher(t)
	u, _, dir := updating(t, p)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := u.Update(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if left := names(t, dir); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}
