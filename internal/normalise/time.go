package normalise

import "time"

// eventTime reads CreationTime, which is UTC and states no zone; one that is
// stated counts. Times are kept to the microsecond, as the journal stores
// them. A record without a time of its own happened, as far as anyone
// can tell, when Microsoft made it available.
func eventTime(s []byte, o Origin) time.Time {
	t, ok := parseTime(s)
	// Year 1 is how .NET writes that a time was never set.
	if ok && t.Year() > 1 {
		return t.Truncate(time.Microsecond)
	}
	if !o.ContentCreated.IsZero() {
		return o.ContentCreated.UTC()
	}
	return o.Ingested.UTC()
}

// parseTime reads the forms in which records state a time.
func parseTime(s []byte) (time.Time, bool) {
	if t, ok := parsePlainTime(s); ok {
		return t, true
	}
	if len(s) == 0 || len(s) > 64 {
		return time.Time{}, false
	}
	// A fraction behind the seconds is accepted by time.Parse in each of them.
	for _, layout := range [...]string{
		time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05", "2006-01-02T15:04",
	} {
		if t, err := time.Parse(layout, string(s)); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// parsePlainTime reads 2006-01-02T15:04:05, the form of nearly all records.
func parsePlainTime(s []byte) (time.Time, bool) {
	if len(s) == 20 && s[19] == 'Z' {
		s = s[:19]
	}
	if len(s) != 19 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' {
		return time.Time{}, false
	}
	ok := true
	num := func(from, to int) (n int) {
		for _, c := range s[from:to] {
			ok = ok && isDigit(c)
			n = n*10 + int(c-'0')
		}
		return n
	}
	year, month, day := num(0, 4), num(5, 7), num(8, 10)
	hour, minute, second := num(11, 13), num(14, 16), num(17, 19)
	if !ok || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	return t, t.Day() == day && int(t.Month()) == month // 31 April is 1 May to time.Date
}
