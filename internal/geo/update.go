package geo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// UpdaterConfig is what an Updater needs.
type UpdaterConfig struct {
	// Folder is where the files go; it is made when absent.
	Folder string
	// URL is where they come from, with {data} and {month} to be filled in;
	// "" means the publisher. https, or http of this machine itself.
	URL string
	// Account and Key are those at MaxMind; an empty account fetches from DB-IP.
	Account string
	Key     secret.Value
	// HTTP makes the requests; it needs timeouts of its own. Redirects are the updater's business.
	HTTP  *http.Client
	Clock clock.Clock
	// MaxBytes bounds a file, packed or not; 0 means 512 MiB.
	MaxBytes int64
	// Progress is told of each piece that came; total is 0 when it is not known. nil tells nobody.
	Progress func(data string, done, total int64)
}

// Updater fetches data files and puts them in their place.
type Updater struct{ cfg UpdaterConfig }

// Updated is one file that was put in its place.
type Updated struct {
	Data      string    `json:"data"`
	Path      string    `json:"path"`
	Built     time.Time `json:"built,omitzero"`
	Bytes     int64     `json:"bytes"`
	Unchanged bool      `json:"unchanged"` // the same was there already
}

// NewUpdater checks the configuration. It makes no request.
func NewUpdater(cfg UpdaterConfig) (*Updater, error) {
	switch {
	case cfg.Folder == "" || cfg.HTTP == nil || cfg.MaxBytes < 0:
		return nil, &nightjar.Error{Code: nightjar.CodeInternal, Message: "geo update lacks a folder or a client, or has a negative limit"}
	case cfg.Account != "" && cfg.Key.IsZero():
		return nil, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: "there is an account at MaxMind and no licence key",
			Hint: "write the key into a file of mode 0600 and name it in geo.maxmind_key_file",
		}
	}
	cfg.MaxBytes = cmp.Or(cfg.MaxBytes, 512<<20)
	if cfg.Progress == nil {
		cfg.Progress = func(string, int64, int64) {}
	}
	client := *cfg.HTTP
	client.CheckRedirect = checkRedirect
	cfg.HTTP = &client
	return &Updater{cfg}, nil
}

// Update fetches the newest cities and networks. What it returns beside an
// error was put in its place all the same; of the others the old file stays.
func (u *Updater) Update(ctx context.Context) ([]Updated, error) {
	var done []Updated
	var errs []error
	for _, e := range u.editions() {
		one, err := u.fetch(ctx, e)
		if stop := calledOff(ctx); stop != nil {
			return done, stop
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("fetch the %s data: %w", e.data, err))
			continue
		}
		done = append(done, one)
	}
	return done, errors.Join(errs...)
}

// Import takes a file that somebody carried here: a data file, packed or not,
// or a list of networks.
func (u *Updater) Import(ctx context.Context, path string) (Updated, error) {
	if filepath.Ext(path) == ".txt" {
		return u.importList(path)
	}
	in, err := os.Open(path)
	if err != nil {
		return Updated{}, &nightjar.Error{Code: nightjar.CodeNotFound, Message: "the file cannot be opened", Hint: "name a file that you may read", Err: err}
	}
	defer in.Close()
	return u.install(ctx, in, edition{})
}

func (u *Updater) importList(path string) (Updated, error) {
	if _, ok := kindOfList(path); !ok {
		return Updated{}, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: fmt.Sprintf("the name %s does not say what kind of networks are in the list", filepath.Base(path)),
			Hint: fmt.Sprintf("name it KIND.txt or KIND.WHATEVER.txt; the kinds are %s", wordList(listKinds())),
		}
	}
	l, err := openList(path)
	if err != nil {
		return Updated{}, err
	}
	in, err := os.Open(path)
	if err != nil {
		return Updated{}, err
	}
	defer in.Close()
	temp, err := u.temp()
	if err != nil {
		return Updated{}, err
	}
	defer temp.discard()
	n, err := temp.copy(in, listBytes)
	if err != nil {
		return Updated{}, err
	}
	to := filepath.Join(u.cfg.Folder, filepath.Base(path))
	return Updated{Data: l.source.String(), Path: to, Built: l.source.Built, Bytes: n}, temp.publish(to)
}

// fetch brings one file here and puts it in its place.
func (u *Updater) fetch(ctx context.Context, e edition) (Updated, error) {
	// A server that sends a byte a minute must not keep the command for ever.
	ctx, cancel := clock.Real().WithTimeout(ctx, fetchBound)
	defer cancel()
	now := u.cfg.Clock.Now()
	packed, err := u.download(ctx, e, now)
	if nightjar.CodeOf(err) == nightjar.CodeNotFound && e.monthly {
		// This month's is published some days into the month.
		packed, err = u.download(ctx, e, firstOfMonth(now).AddDate(0, 0, -1))
	}
	if err != nil {
		return Updated{}, err
	}
	defer packed.discard()
	in, err := os.Open(packed.path)
	if err != nil {
		return Updated{}, err
	}
	defer in.Close()
	return u.install(ctx, in, e)
}

// fetchBound bounds the fetching of one file.
const fetchBound = 30 * time.Minute

func firstOfMonth(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}
