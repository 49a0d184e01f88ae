package query

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
)

// Parquet is a sink that writes an answer as one Parquet file, row group by
// row group as it comes: nothing of it waits on disk, and of the rows no more
// in memory than a row group.
//
// Numbers, truth values and times keep their types; lists and objects become
// JSON text. Times are UTC, in microseconds.
type Parquet struct {
	w       io.Writer
	writer  *parquet.GenericWriter[any]
	columns []Column
	kinds   []parquet.Kind
	rows    int
	bytes   int
}

// NewParquet returns a sink that writes to w. Close writes the end of the
// file, without which it is none.
func NewParquet(w io.Writer) *Parquet { return &Parquet{w: w} }

// A row group ends at whichever comes first.
const (
	parquetGroupRows  = 100_000
	parquetGroupBytes = 32 << 20
)

// orderedGroup is a group whose columns stay in the order of the answer;
// parquet.Group sorts them by name.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

// Fields implements parquet.Node.
func (g orderedGroup) Fields() []parquet.Field { return g.fields }

// Columns implements Sink.
func (p *Parquet) Columns(columns []Column) error {
	if len(columns) == 0 {
		return errors.New("an answer without columns is no Parquet file")
	}
	group, names := parquet.Group{}, Names(columns)
	p.columns, p.kinds = columns, make([]parquet.Kind, len(columns))
	for i, c := range columns {
		leaf := parquetLeaf(c.Type)
		p.kinds[i] = leaf.Type().Kind()
		group[names[i]] = parquet.Compressed(parquet.Optional(leaf), &parquet.Zstd)
	}
	byName := map[string]parquet.Field{}
	for _, f := range group.Fields() {
		byName[f.Name()] = f
	}
	ordered := orderedGroup{Group: group}
	for _, name := range names {
		ordered.fields = append(ordered.fields, byName[name])
	}
	p.writer = parquet.NewGenericWriter[any](p.w, parquet.NewSchema("answer", ordered), parquet.CreatedBy("nightjar", "", ""))
	return nil
}

// Names are the names of columns where each must be another one: a second z is
// z_2.
func Names(columns []Column) []string {
	names, taken := make([]string, len(columns)), make(map[string]bool, len(columns))
	for i, c := range columns {
		names[i] = c.Name
		for n := 2; taken[names[i]] || names[i] == ""; n++ {
			names[i] = fmt.Sprintf("%s_%d", c.Name, n)
		}
		taken[names[i]] = true
	}
	return names
}

func parquetLeaf(kind string) parquet.Node {
	if strings.HasPrefix(kind, "DECIMAL") || strings.HasSuffix(kind, "HUGEINT") {
		return parquet.Leaf(parquet.DoubleType) // as the engine gives them
	}
	switch kind {
	case "BOOLEAN":
		return parquet.Leaf(parquet.BooleanType)
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER":
		return parquet.Int(64)
	case "DOUBLE", "FLOAT":
		return parquet.Leaf(parquet.DoubleType)
	case "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS":
		return parquet.Timestamp(parquet.Microsecond)
	default:
		return parquet.String()
	}
}

// Row implements Sink.
func (p *Parquet) Row(values []any) error {
	row := make(parquet.Row, len(values))
	for i, v := range values {
		value, err := p.value(i, v)
		if err != nil {
			return err
		}
		level := 1
		if value.IsNull() {
			level = 0
		}
		row[i] = value.Level(0, level, i)
	}
	if _, err := p.writer.WriteRows([]parquet.Row{row}); err != nil {
		return fmt.Errorf("write Parquet: %w", err)
	}
	if p.rows++; p.rows < parquetGroupRows && p.bytes < parquetGroupBytes {
		return nil
	}
	p.rows, p.bytes = 0, 0
	if err := p.writer.Flush(); err != nil {
		return fmt.Errorf("write Parquet: %w", err)
	}
	return nil
}

// value is one value in the type of its column. What is of another type is
// NULL in a column of numbers, and text in one of text.
func (p *Parquet) value(i int, v any) (parquet.Value, error) {
	switch p.kinds[i] {
	case parquet.Boolean:
		if b, ok := v.(bool); ok {
			return parquet.BooleanValue(b), nil
		}
		return parquet.NullValue(), nil
	case parquet.Double:
		switch v := v.(type) {
		case float64:
			return parquet.DoubleValue(v), nil
		case int64:
			return parquet.DoubleValue(float64(v)), nil
		case string: // an integer of more than 64 bits
			if f, err := strconv.ParseFloat(v, 64); err == nil {
				return parquet.DoubleValue(f), nil
			}
			return parquet.NullValue(), nil
		default:
			return parquet.NullValue(), nil
		}
	case parquet.Int64:
		switch v := v.(type) {
		case int64:
			return parquet.Int64Value(v), nil
		case time.Time:
			return parquet.Int64Value(v.UnixMicro()), nil
		default:
			return parquet.NullValue(), nil
		}
	default:
		if v == nil {
			return parquet.NullValue(), nil
		}
		text, err := parquetText(v)
		p.bytes += len(text)
		return parquet.ByteArrayValue([]byte(text)), err
	}
}

func parquetText(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case []byte:
		return strings.ToValidUTF8(string(v), "�"), nil
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano), nil
	case []any, map[string]any:
		b, err := json.Marshal(parquetJSON(v))
		if err != nil {
			return "", fmt.Errorf("encode a value: %w", err)
		}
		return string(b), nil
	default:
		return fmt.Sprint(v), nil
	}
}

// parquetJSON makes of a value within a list or an object one that JSON can
// hold: it has no number that is none, or endless.
func parquetJSON(v any) any {
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return v
	case []byte:
		return strings.ToValidUTF8(string(v), "�")
	case time.Time:
		return v.UTC()
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = parquetJSON(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = parquetJSON(v[k])
		}
		return out
	default:
		return v
	}
}

// Close writes the end of the file. An answer of which not even the columns
// came leaves nothing.
func (p *Parquet) Close() error {
	if p.writer == nil {
		return nil
	}
	if err := p.writer.Close(); err != nil {
		return fmt.Errorf("write the end of Parquet: %w", err)
	}
	return nil
}
