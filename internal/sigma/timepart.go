package sigma

import "time"

// TimePart is a part of a time that a rule compares: FIELD|hour.
type TimePart uint8

// The parts; 0 means the value itself.
const (
	Minute TimePart = iota + 1
	Hour
	Day
	Week // of ISO 8601
	Month
	Year
)

func (p TimePart) String() string {
	return [...]string{"value", "minute", "hour", "day", "week", "month", "year"}[p]
}

// timeParts are the names that rules use.
func timeParts() map[string]TimePart {
	return map[string]TimePart{"minute": Minute, "hour": Hour, "day": Day, "week": Week, "month": Month, "year": Year}
}

// allowed reports whether n can be such a part.
func (p TimePart) allowed(n float64) bool {
	last := map[TimePart]float64{Minute: 59, Hour: 23, Day: 31, Week: 53, Month: 12, Year: 9999}[p]
	first := map[TimePart]float64{Day: 1, Week: 1, Month: 1}[p]
	return n == float64(int(n)) && first <= n && n <= last
}

// of takes the part out of a value. The time counts as it is written: Sigma
// converts no zones.
func (p TimePart) of(value string) (float64, bool) {
	if p == 0 {
		return parseNumber(value)
	}
	year, ok1 := digits(value, 0, 4)
	month, ok2 := digits(value, 5, 2)
	day, ok3 := digits(value, 8, 2)
	if !ok1 || !ok2 || !ok3 || value[4] != '-' || value[7] != '-' || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false
	}
	switch p {
	case Day:
		return float64(day), true
	case Month:
		return float64(month), true
	case Year:
		return float64(year), true
	case Week:
		_, week := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).ISOWeek()
		return float64(week), true
	default:
	}
	hour, ok1 := digits(value, 11, 2)
	minute, ok2 := digits(value, 14, 2)
	if !ok1 || !ok2 || value[10] != 'T' && value[10] != ' ' && value[10] != 't' || value[13] != ':' || hour > 23 || minute > 59 {
		return 0, false
	}
	if p == Hour {
		return float64(hour), true
	}
	return float64(minute), true
}

func digits(s string, at, n int) (int, bool) {
	if len(s) < at+n {
		return 0, false
	}
	value := 0
	for _, c := range []byte(s[at : at+n]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		value = value*10 + int(c-'0')
	}
	return value, true
}
