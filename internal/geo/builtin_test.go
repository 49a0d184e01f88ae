package geo

import (
	"testing"

	"github.com/klauspost/compress/zstd"
)

func TestPackedDataInTheBinaryAnswerLast(t *testing.T) {
	t.Parallel()
	packer, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer packer.Close()
	data := mmdb{kind: "IPtoASN-Country", list: []entry{
		{"81.2.69.0/24", place("81.2.69.0/24", "", "GB", 0, 0).value}, {"5.5.5.0/24", place("5.5.5.0/24", "", "DE", 0, 0).value},
	}}.bytes(t)
	d, err := unpack(packer.EncodeAll(data, nil))
	if err != nil {
		t.Fatal(err)
	}
	a := newAtlas(t, world(t))
	a.builtIn = []*database{d}
	a.Refresh()
	if f := a.Lookup(london); f.Place.City != "London" {
		t.Errorf("a file with cities comes first: %+v", f.Place)
	}
	if f := a.find(london.Next(), actor{}); f.PlaceSource.Name != "DB-IP City Lite" {
		t.Errorf("%+v", f.PlaceSource)
	}
	mine := newAtlas(t, Config{})
	mine.builtIn = []*database{d}
	mine.Refresh()
	f := mine.Lookup(london)
	if f.Place.Country != "GB" || f.Place.Located() || f.Place.Source != "IPtoASN Country 2026-11" {
		t.Errorf("alone it says %+v", f.Place)
	}
	if files := mine.Status().Files; len(files) != 1 || files[0].Path != "" || files[0].Cities || !files[0].Places {
		t.Errorf("%+v", files)
	}
	if _, err := unpack([]byte("not packed")); err == nil {
		t.Error("garbage is unpacked")
	}
}
