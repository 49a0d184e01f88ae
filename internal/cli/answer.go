package cli

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar/internal/query"
)

// answer is where the rows of a query go: one of the formats.
type answer interface {
	Columns(columns []query.Column) error
	Row(values []any) error
	// Close writes what was held back.
	Close() error
}

func newAnswer(format string, p Process, exactCSV bool) (answer, error) {
	switch format {
	case "table":
		return &tableAnswer{w: p.Stdout}, nil
	case "csv":
		return newCSVAnswer(p.Stdout, exactCSV), nil
	case "ndjson":
		return &ndjsonAnswer{w: p.Stdout, wrap: p.jsonTo}, nil
	case "parquet":
		if p.OutTerminal {
			return nil, usageError("nightjar query --format parquet … > answer.parquet", "a Parquet file is not for a terminal")
		}
		return query.NewParquet(p.Stdout), nil
	}
	return nil, usageError("choose one of table, csv, ndjson, parquet", "unknown format %q", format)
}

// text writes one value for people and for CSV.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return string(v)
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		return formatTime(v)
	default:
		return jsonText(v)
	}
}

func jsonText(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(plainJSON(v)); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// plainJSON turns a value into one that JSON can express, at any depth: times
// as everywhere else, and null for a number that is none (a division by zero
// gives one), because JSON has no word for it.
func plainJSON(v any) any {
	switch v := v.(type) {
	case time.Time:
		return formatTime(v)
	case []byte:
		return string(v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			list[i] = plainJSON(element)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, element := range v {
			object[key] = plainJSON(element)
		}
		return object
	}
	return v
}

// formatTime is RFC 3339 in UTC with as many digits as the value has, up to microseconds.
func formatTime(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.999999Z07:00")
}
