package api

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
)

// maxSafe is the largest integer that JavaScript holds exactly.
const maxSafe = 1<<53 - 1

// value makes of an engine's value one that JSON and a browser hold truly.
func value(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case int64:
		if v > maxSafe || v < -maxSafe {
			return strconv.FormatInt(v, 10)
		}
		return v
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return v
	case []byte:
		return string(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = value(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = value(v[k])
		}
		return out
	default:
		return v
	}
}

// values is value for a row.
func values(row []any) []any {
	out := make([]any, len(row))
	for i, v := range row {
		out[i] = value(v)
	}
	return out
}

// object is a row by the names of its columns; what is NULL is left out.
func object(columns []string, row []any) map[string]any {
	out := make(map[string]any, len(columns))
	for i, name := range columns {
		if i < len(row) && row[i] != nil {
			out[name] = value(row[i])
		}
	}
	return out
}

// integer reads a count of an answer.
func integer(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case float64:
		return int64(v)
	case json.Number:
		n, _ := v.Int64() // not a number counts nothing
		return n
	default:
		return 0
	}
}

func text(v any) string {
	s, _ := v.(string) // anything else is no text
	return s
}

func moment(v any) time.Time {
	t, _ := v.(time.Time) // anything else is no time
	return t
}
