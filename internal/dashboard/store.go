package dashboard

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
)

//go:embed ready/*.yaml
var readyFiles embed.FS

// FolderName is the folder of people's dashboards in a data directory.
const FolderName = "dashboards"

const suffix = ".yaml"

// Store keeps dashboards. It is safe for concurrent use; whoever writes a file
// by hand sees it listed at once.
type Store struct {
	dir   string
	ready []Dashboard

	mu sync.Mutex // one writer at a time
}

// Summary is a line of the list of dashboards.
type Summary struct {
	ID      string
	Title   string
	Text    string
	Ready   bool
	Panels  int
	Problem string // why the file cannot be read; "" when it can
}

// New returns the store of the folder, which need not exist yet.
func New(dir string) (*Store, error) {
	s := &Store{dir: dir}
	err := fs.WalkDir(readyFiles, "ready", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := readyFiles.ReadFile(path)
		if err != nil {
			return err
		}
		d, err := parse(strings.TrimSuffix(entry.Name(), suffix), data)
		d.Ready = true
		s.ready = append(s.ready, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the ready dashboards: %w", err)
	}
	return s, nil
}

// List returns all dashboards, the ready ones first, by title. A file that
// cannot be read is listed with its problem.
func (s *Store) List() ([]Summary, error) {
	var out []Summary
	for _, d := range s.ready {
		out = append(out, Summary{ID: d.ID, Title: d.Title, Text: d.Text, Ready: true, Panels: len(d.Panels)})
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list the dashboards: %w", err)
	}
	for _, e := range entries {
		id, is := strings.CutSuffix(e.Name(), suffix)
		if !is || e.IsDir() || !validID.MatchString(id) || s.isReady(id) {
			continue
		}
		d, err := s.read(id)
		sum := Summary{ID: id, Title: d.Title, Text: d.Text, Panels: len(d.Panels)}
		if err != nil {
			sum = Summary{ID: id, Title: id, Problem: err.Error()}
		}
		out = append(out, sum)
	}
	slices.SortStableFunc(out, func(a, b Summary) int {
		if a.Ready != b.Ready {
			if a.Ready {
				return -1
			}
			return 1
		}
		return cmp.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	})
	return out, nil
}

// Get returns one dashboard.
func (s *Store) Get(id string) (Dashboard, error) {
	for _, d := range s.ready {
		if d.ID == id {
			return d, nil
		}
	}
	if !validID.MatchString(id) {
		return Dashboard{}, missing(id)
	}
	return s.read(id)
}

// Put writes a dashboard, new or in place of one of that id.
func (s *Store) Put(d Dashboard) (Dashboard, error) {
	d.Ready = false
	if err := d.validate(); err != nil {
		return d, err
	}
	if s.isReady(d.ID) {
		return d, &nightjar.Error{
			Code: nightjar.CodeConflict, Message: "the dashboard " + d.ID + " comes with Nightjar and cannot be changed", Hint: "save it under another id",
		}
	}
	data, err := yaml.Marshal(d)
	if err != nil {
		return d, fmt.Errorf("encode dashboard %s: %w", d.ID, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return d, fmt.Errorf("make the folder of the dashboards: %w", err)
	}
	if err := s.room(d.ID); err != nil {
		return d, err
	}
	return d, s.replace(d.ID, data)
}

// room refuses one more file when there are too many: the list reads them all.
func (s *Store) room(id string) error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("list the dashboards: %w", err)
	}
	if len(entries) < maxFiles || slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == id+suffix }) {
		return nil
	}
	return &nightjar.Error{Code: nightjar.CodeLimit, Message: fmt.Sprintf("there are %d dashboards already", len(entries)), Hint: "remove one that nobody looks at"}
}

// replace writes a file that is either there whole or as it was.
func (s *Store) replace(id string, data []byte) error {
	temp, err := os.CreateTemp(s.dir, "tmp-*")
	if err != nil {
		return fmt.Errorf("write dashboard %s: %w", id, err)
	}
	_, err = temp.Write(data)
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), s.path(id))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write dashboard %s: %w", id, err), os.Remove(temp.Name()))
	}
	return s.settle()
}

// settle makes the names in the folder durable, and that of the folder.
func (s *Store) settle() error {
	if runtime.GOOS == "windows" {
		return nil // it knows no such thing
	}
	for _, dir := range []string{s.dir, filepath.Dir(s.dir)} {
		f, err := os.Open(dir)
		if err == nil {
			err = errors.Join(f.Sync(), f.Close())
		}
		if err != nil {
			return fmt.Errorf("make the folder of the dashboards durable: %w", err)
		}
	}
	return nil
}

// Delete removes a dashboard's file.
func (s *Store) Delete(id string) error {
	if s.isReady(id) {
		return &nightjar.Error{
			Code: nightjar.CodeConflict, Message: "the dashboard " + id + " comes with Nightjar and stays", Hint: "remove one that people made",
		}
	}
	if !validID.MatchString(id) {
		return missing(id)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := os.Remove(s.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return missing(id)
	}
	if err != nil {
		return fmt.Errorf("remove dashboard %s: %w", id, err)
	}
	return s.settle()
}

func (s *Store) read(id string) (Dashboard, error) {
	data, err := os.ReadFile(s.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return Dashboard{}, missing(id)
	}
	if err != nil {
		return Dashboard{}, fmt.Errorf("read dashboard %s: %w", id, err)
	}
	return parse(id, data)
}

func (s *Store) path(id string) string { return filepath.Join(s.dir, id+suffix) }

func (s *Store) isReady(id string) bool {
	return slices.ContainsFunc(s.ready, func(d Dashboard) bool { return d.ID == id })
}

func missing(id string) error {
	return &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("there is no dashboard %.80q", id), Hint: "see the list of dashboards"}
}
