package geo

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/klauspost/compress/zstd"
	"github.com/oschwald/maxminddb-golang/v2"
)

// builtInFiles are what `make geo` has put into the folder: country.mmdb.zst
// and as.mmdb.zst. A build without them works, and knows no address.
//
//go:embed data
var builtInFiles embed.FS

// builtInBytes bounds a file once it is unpacked.
const builtInBytes = 64 << 20

// openBuiltIn unpacks the data inside the binary.
func openBuiltIn() ([]*database, error) {
	var out []*database
	for _, name := range []string{"country", "as"} {
		packed, err := builtInFiles.ReadFile("data/" + name + ".mmdb.zst")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the address data in the binary: %w", err)
		}
		d, err := unpack(packed)
		if err != nil {
			return nil, fmt.Errorf("unpack the %s data in the binary: %w", name, err)
		}
		out = append(out, d)
	}
	return out, nil
}

func unpack(packed []byte) (*database, error) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(builtInBytes))
	if err != nil {
		return nil, err
	}
	defer decoder.Close()
	data, err := decoder.DecodeAll(packed, nil)
	if err != nil {
		return nil, err
	}
	reader, err := maxminddb.OpenBytes(data)
	if err != nil {
		return nil, err
	}
	return newDatabase("", false, nil, reader)
}
