package journal

import (
	"fmt"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/format"
)

// zstdCodec compresses pages at the quickest level, and also those without
// repetitions: half of what ids of random digits take can be saved, and the
// level by itself would store them as they are. One encoder serves a writer for
// good, where the library's codec makes new ones after each garbage collection.
type zstdCodec struct{ encoder *zstd.Encoder }

func newZstdCodec() *zstdCodec {
	encoder, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithAllLitEntropyCompression(true),
		zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(4*pageBytes), zstd.WithEncoderCRC(false))
	if err != nil {
		panic(fmt.Sprintf("journal: options of the encoder: %v", err)) // they are constants
	}
	return &zstdCodec{encoder}
}

var _ compress.Codec = (*zstdCodec)(nil)

func (c *zstdCodec) String() string { return "zstd" }

func (c *zstdCodec) CompressionCodec() format.CompressionCodec { return format.Zstd }

func (c *zstdCodec) Encode(dst, src []byte) ([]byte, error) {
	return c.encoder.EncodeAll(src, dst[:0]), nil
}

// Decode is the library's: the writer does not decode, and readers do not come here.
func (c *zstdCodec) Decode(dst, src []byte) ([]byte, error) { return parquet.Zstd.Decode(dst, src) }
