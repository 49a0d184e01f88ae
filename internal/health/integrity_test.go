package health

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
)

func TestDamagedCatalogIsNoticed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "catalog.db")
	look := func(write int) string {
		db, err := catalogtest.Open(t.Context(), catalog.Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		for n := range write {
			if _, err := db.NewRaw(sqlPutState, fmt.Sprint("name ", n), strings.Repeat("whole ", 100), 0).Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		r := NewRegistry(RegistryConfig{})
		NewIntegrity(db, r).Look(t.Context())
		return codes(r)
	}
	if got := look(50); got != "" {
		t.Fatalf("a whole catalog warns: %s", got)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	start := bytes.LastIndex(b, []byte("whole whole")) / page * page
	copy(b[start:], bytes.Repeat([]byte{0xff}, 64))
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := look(0); got != "catalog_integrity/" {
		t.Errorf("a damaged catalog: %q", got)
	}
}
