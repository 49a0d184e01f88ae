package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ParseDuration reads a duration as people write it: Go's units and also days
// (7d) and weeks (2w), which may be joined (1d12h). A bare 0 is allowed.
func ParseDuration(s string) (time.Duration, error) {
	rest := strings.TrimSpace(s)
	if rest == "0" {
		return 0, nil
	}
	var total time.Duration
	for _, long := range []struct {
		unit string
		each time.Duration
	}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}} {
		before, after, found := strings.Cut(rest, long.unit)
		if !found {
			continue
		}
		n, err := strconv.ParseUint(before, 10, 16)
		if err != nil || time.Duration(n) > (math.MaxInt64-total)/long.each {
			return 0, fmt.Errorf("%q is not a duration such as 90s, 12h or 7d", s)
		}
		total += time.Duration(n) * long.each
		rest = after
	}
	if rest == "" {
		if total == 0 && strings.TrimSpace(s) == "" {
			return 0, fmt.Errorf("%q is not a duration such as 90s, 12h or 7d", s)
		}
		return total, nil
	}
	d, err := time.ParseDuration(rest)
	if err != nil || d < 0 || total > math.MaxInt64-d {
		return 0, fmt.Errorf("%q is not a duration such as 90s, 12h or 7d", s)
	}
	return total + d, nil
}

// FormatDuration writes a duration as a person would: 7d, 36h, 1m30s.
func FormatDuration(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d == 0:
		return "0"
	case d >= day && d%day == 0:
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// sizeUnits lists longer names before the shorter ones that they end in.
func sizeUnits() []struct {
	name string
	n    int64
} {
	return []struct {
		name string
		n    int64
	}{
		{"TiB", 1 << 40},
		{"GiB", 1 << 30},
		{"MiB", 1 << 20},
		{"KiB", 1 << 10},
		{"TB", 1e12},
		{"GB", 1e9},
		{"MB", 1e6},
		{"KB", 1e3},
		{"B", 1},
	}
}

// ParseSize reads a size in bytes: 512MB is 512,000,000 and 512MiB is 536,870,912.
func ParseSize(s string) (int64, error) {
	text, unit := strings.TrimSpace(s), int64(1)
	for _, u := range sizeUnits() {
		if len(text) > len(u.name) && strings.EqualFold(text[len(text)-len(u.name):], u.name) {
			text, unit = strings.TrimSpace(text[:len(text)-len(u.name)]), u.n
			break
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || n < 0 || n*float64(unit) >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is not a size such as 512MB or 2GiB", s)
	}
	return int64(n * float64(unit)), nil
}

// FormatSize writes a size in the largest unit that divides it.
func FormatSize(n int64) string {
	for _, u := range sizeUnits() {
		if n != 0 && u.n > 1 && n%u.n == 0 {
			return strconv.FormatInt(n/u.n, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}

// ParseTime reads a time: RFC 3339, or a day, which begins at midnight UTC.
func ParseTime(s string) (time.Time, error) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time such as 2026-11-20T08:00:00Z or 2026-11-20", s)
}

// parseInto sets the field behind target from its written form.
func parseInto(target any, raw string, size bool) error {
	raw = strings.TrimSpace(raw)
	switch p := target.(type) {
	case *string:
		*p = raw
	case *int:
		n, err := strconv.Atoi(raw)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", raw)
		}
		*p = n
	case *int64:
		if size {
			n, err := ParseSize(raw)
			*p = n
			return err
		}
		n, err := strconv.ParseInt(raw, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", raw)
		}
		*p = n
	case *float64:
		n, err := strconv.ParseFloat(raw, 64)
		if err != nil {
			return fmt.Errorf("%q is not a number", raw)
		}
		*p = n
	case *bool:
		b, err := strconv.ParseBool(raw)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", raw)
		}
		*p = b
	case *time.Duration:
		d, err := ParseDuration(raw)
		*p = d
		return err
	case *time.Time:
		if raw == "" {
			*p = time.Time{}
			return nil
		}
		t, err := ParseTime(raw)
		*p = t
		return err
	default:
		return fmt.Errorf("no way to read a %T", target)
	}
	return nil
}

// render is the inverse of parseInto.
func render(target any, size bool) string {
	switch p := target.(type) {
	case *string:
		return *p
	case *int:
		return strconv.Itoa(*p)
	case *int64:
		if size {
			return FormatSize(*p)
		}
		return strconv.FormatInt(*p, 10)
	case *float64:
		return strconv.FormatFloat(*p, 'g', -1, 64)
	case *bool:
		return strconv.FormatBool(*p)
	case *time.Duration:
		return FormatDuration(*p)
	case *time.Time:
		if p.IsZero() {
			return ""
		}
		return p.Format(time.RFC3339)
	}
	return ""
}
