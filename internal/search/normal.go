package search

import (
	"fmt"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// NormalField is a field of which it is told what is normal for somebody.
type NormalField struct {
	Name string // as the API has it
	Text string // as people read it
	expr string
}

// NormalFields returns those fields.
func NormalFields() []NormalField {
	return []NormalField{
		{"country", "Countries", "country"},
		{"asn", "Networks (AS numbers)", "CASE WHEN asn = 0 THEN '' ELSE CAST(asn AS VARCHAR) END"},
		{"application", "Applications", "app_id"},
		{"client", "Clients", "substring(user_agent, 1, 200)"},
		{"operation", "Operations", "operation"},
		{"hour", "Hours of the day (UTC)", "substring(CAST(time AS VARCHAR), 12, 2)"},
		{"weekday", "Days of the week (UTC)", "CASE extract(dow FROM time) WHEN 0 THEN 'Sunday' WHEN 1 THEN 'Monday' WHEN 2 THEN 'Tuesday' WHEN 3 THEN 'Wednesday' WHEN 4 THEN 'Thursday' WHEN 5 THEN 'Friday' ELSE 'Saturday' END"},
	}
}

// Normal returns the SQL that counts the values of NormalFields over the events
// of somebody: columns field, value, count, last. Its first rows, of the field
// day, are the days with events. ok is false for entities that events do not
// name in a column.
func Normal(e nightjar.Entity, from, to time.Time) (sql string, ok bool, err error) {
	who, ok, err := ofEntity(e)
	if err != nil || !ok {
		return "", false, err
	}
	return normal(fmt.Sprintf("%s AND time >= %s AND time < %s", who, Timestamp(from), Timestamp(to)), true), true, nil
}

// NormalOf returns the SQL that counts the values of single events, which lie
// in a span.
func NormalOf(ids []string, from, to time.Time) (string, error) {
	literals := make([]string, len(ids))
	for i, id := range ids {
		var err error
		if literals[i], err = text(id); err != nil {
			return "", err
		}
	}
	return normal(fmt.Sprintf("id IN (%s) AND time >= %s AND time <= %s", strings.Join(literals, ", "), Timestamp(from), Timestamp(to)), false), nil
}

func normal(where string, days bool) string {
	fields := NormalFields()
	if days {
		fields = append([]NormalField{{Name: "day", expr: "substring(CAST(time AS VARCHAR), 1, 10)"}}, fields...)
	}
	columns, parts := make([]string, len(fields)), make([]string, len(fields))
	for i, f := range fields {
		columns[i] = fmt.Sprintf("%s AS f_%s", f.expr, f.Name)
		// Each has a bound of its own, so that none takes the room of another. One
		// more than is looked at tells that there are more.
		parts[i] = fmt.Sprintf("(SELECT '%s' AS field, f_%s AS value, count(*) AS n, max(time) AS last FROM e WHERE f_%s <> '' GROUP BY f_%s ORDER BY n DESC, value LIMIT %d)", f.Name, f.Name, f.Name, f.Name, NormalMost+1)
	}
	return "WITH e AS (SELECT time, " + strings.Join(columns, ", ") + " FROM management WHERE " + where + ")\nSELECT field, value, n, last FROM (" +
		strings.Join(parts, "\nUNION ALL\n") + ") AS c\nORDER BY field, n DESC, value"
}

// ofEntity is the condition on events that an entity's are.
func ofEntity(e nightjar.Entity) (string, bool, error) {
	value, err := text(strings.ToLower(e.Value))
	if err != nil {
		return "", false, err
	}
	switch e.Kind {
	case nightjar.EntityUser, nightjar.EntityMailbox:
		return "lower(user_id) = " + value, true, nil
	case nightjar.EntityApplication:
		return "lower(app_id) = " + value, true, nil
	case nightjar.EntityAddress:
		return "client_ip = " + value, true, nil
	case nightjar.EntitySession:
		return "lower(session_id) = " + value, true, nil
	case nightjar.EntitySite, nightjar.EntityFile:
		return "lower(object_id) = " + value, true, nil
	default:
		return "", false, nil
	}
}
