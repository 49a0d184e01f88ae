package query

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"sort"
	"strconv"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// The values of a row travel as a tag byte and a body. Go types on the
// engine's side: nil, bool, int64, float64, string, []byte, time.Time (UTC),
// []any and map[string]any; numbers beyond int64 become strings.
const (
	tagNull byte = iota
	tagFalse
	tagTrue
	tagInt
	tagFloat
	tagString
	tagBytes
	tagTime
	tagList
	tagMap
)

// maxList bounds one list. An element of one byte takes 16 in the engine's
// memory, so the bytes of an answer alone do not bound what it costs there.
const maxList = 1 << 20

var errListTooLong = errors.New("a list has more than 1,048,576 values")

var errBadValue = errors.New("a row from the query worker does not decode")

func appendString(b []byte, tag byte, s string) []byte {
	b = append(b, tag)
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

func appendInt(b []byte, i int64) []byte { return binary.AppendVarint(append(b, tagInt), i) }

// appendValue encodes what DuckDB's driver gives for one value.
func appendValue(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, tagNull), nil
	case bool:
		if v {
			return append(b, tagTrue), nil
		}
		return append(b, tagFalse), nil
	case int8:
		return appendInt(b, int64(v)), nil
	case int16:
		return appendInt(b, int64(v)), nil
	case int32:
		return appendInt(b, int64(v)), nil
	case int64:
		return appendInt(b, v), nil
	case uint8:
		return appendInt(b, int64(v)), nil
	case uint16:
		return appendInt(b, int64(v)), nil
	case uint32:
		return appendInt(b, int64(v)), nil
	case uint64:
		if v <= math.MaxInt64 {
			return appendInt(b, int64(v)), nil
		}
		return appendString(b, tagString, strconv.FormatUint(v, 10)), nil
	case float32:
		return appendValue(b, float64(v))
	case float64:
		return binary.LittleEndian.AppendUint64(append(b, tagFloat), math.Float64bits(v)), nil
	case string:
		return appendString(b, tagString, v), nil
	case []byte:
		return appendString(b, tagBytes, string(v)), nil
	case time.Time:
		return binary.AppendVarint(append(b, tagTime), v.UnixMicro()), nil
	case *big.Int:
		if v.IsInt64() {
			return appendInt(b, v.Int64()), nil
		}
		return appendString(b, tagString, v.String()), nil
	case duckdb.Decimal:
		return appendValue(b, v.Float64())
	case duckdb.Interval:
		return appendString(b, tagString, intervalText(v)), nil
	case []any:
		if len(v) > maxList {
			return nil, errListTooLong
		}
		b = binary.AppendUvarint(append(b, tagList), uint64(len(v)))
		return appendAll(b, v)
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		b = binary.AppendUvarint(append(b, tagMap), uint64(len(v)))
		for _, k := range keys {
			var err error
			b = appendString(b, tagString, k)
			if b, err = appendValue(b, v[k]); err != nil {
				return nil, err
			}
		}
		return b, nil
	default:
		return appendString(b, tagString, fmt.Sprint(v)), nil
	}
}

func appendAll(b []byte, values []any) ([]byte, error) {
	var err error
	for _, v := range values {
		if b, err = appendValue(b, v); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func intervalText(v duckdb.Interval) string {
	d := time.Duration(v.Micros) * time.Microsecond
	if v.Months == 0 && v.Days == 0 {
		return d.String()
	}
	return fmt.Sprintf("%d months %d days %s", v.Months, v.Days, d)
}

// decodeValue reads one value and returns the rest.
func decodeValue(b []byte, depth int) (any, []byte, error) {
	if len(b) == 0 || depth > 64 {
		return nil, nil, errBadValue
	}
	tag, b := b[0], b[1:]
	switch tag {
	case tagNull:
		return nil, b, nil
	case tagFalse, tagTrue:
		return tag == tagTrue, b, nil
	case tagInt, tagTime:
		i, n := binary.Varint(b)
		if n <= 0 {
			return nil, nil, errBadValue
		}
		if tag == tagTime {
			return time.UnixMicro(i).UTC(), b[n:], nil
		}
		return i, b[n:], nil
	case tagFloat:
		if len(b) < 8 {
			return nil, nil, errBadValue
		}
		return math.Float64frombits(binary.LittleEndian.Uint64(b)), b[8:], nil
	case tagString, tagBytes, tagList, tagMap:
		n, k := binary.Uvarint(b)
		// Each element takes at least a byte: a false count allocates nothing.
		if k <= 0 || n > uint64(len(b)-k) {
			return nil, nil, errBadValue
		}
		return decodeSized(tag, int(n), b[k:], depth)
	default:
		return nil, nil, errBadValue
	}
}

func decodeSized(tag byte, n int, b []byte, depth int) (any, []byte, error) {
	var err error
	switch tag {
	case tagString:
		return string(b[:n]), b[n:], nil
	case tagBytes:
		return append([]byte(nil), b[:n]...), b[n:], nil
	case tagList:
		if n > maxList {
			return nil, nil, errBadValue
		}
		list := make([]any, n)
		for i := range list {
			if list[i], b, err = decodeValue(b, depth+1); err != nil {
				return nil, nil, err
			}
		}
		return list, b, nil
	default:
		m := make(map[string]any, n)
		for range n {
			var k, v any
			if k, b, err = decodeValue(b, depth+1); err != nil {
				return nil, nil, err
			}
			key, ok := k.(string)
			if !ok {
				return nil, nil, errBadValue
			}
			if v, b, err = decodeValue(b, depth+1); err != nil {
				return nil, nil, err
			}
			m[key] = v
		}
		return m, b, nil
	}
}
