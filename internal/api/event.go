package api

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/search"
)

type wholeEvent struct {
	Event  map[string]any `json:"event"`
	Fields string         `json:"fields"`
	Raw    string         `json:"raw"`
}

// getEvent finds an event by its place, or where compaction has moved it by
// its id. What is found must be of the tenant that the caller named and may see.
func (s *Server) getEvent(c *call) error {
	if len(c.scope) != 1 || !c.r.URL.Query().Has("tenant") {
		return invalid("name the event's tenant", "add tenant=ID, which the event has as tenant_id")
	}
	tenant, id := c.scope[0], c.r.URL.Query().Get("id")
	at, err := c.timeOf("time")
	if err != nil {
		return err
	}
	segment, row, err := parseRef(c.r.PathValue("ref"))
	if err != nil {
		return err
	}
	e, err := s.cfg.Journal.Read(c.ctx, segment, row)
	found := err == nil && e.Tenant == tenant.ID && (id == "" || e.ID == id) && slices.Contains(search.Tables(), e.Table)
	if err != nil && nightjar.CodeOf(err) != nightjar.CodeNotFound && id == "" {
		return err
	}
	if found {
		ev := eventOf(e, tenant.Name)
		ev["ref"] = c.r.PathValue("ref")
		return c.ok(wholeEvent{ev, e.Fields, string(e.Raw)})
	}
	if id == "" {
		return noEvent()
	}
	return s.eventByID(c, id, at)
}

func (s *Server) eventByID(c *call, id string, at time.Time) error {
	q := search.Search{Table: nightjar.TableManagement, Filters: []search.Filter{{Field: "id", Op: search.Is, Value: id}}}
	q.From, q.To = time.Unix(0, 0), s.cfg.Clock.Now().AddDate(1, 0, 0)
	if !at.IsZero() {
		q.From, q.To = at.Add(-time.Second), at.Add(time.Second)
	}
	sql, err := q.Raw()
	if err != nil {
		return err
	}
	t, _, err := c.ask(sql + "\nLIMIT 1")
	if err != nil {
		return err
	}
	if len(t.rows) == 0 {
		return noEvent()
	}
	columns := search.Columns()
	return c.ok(wholeEvent{object(columns, t.rows[0]), text(t.rows[0][len(columns)]), text(t.rows[0][len(columns)+1])})
}

func noEvent() error {
	return problem(nightjar.CodeNotFound, "there is no such event", "its retention may have ended; search for it again")
}

// noRef stands for an event whose place is not known yet; with its id it is
// found all the same.
const noRef = "0:0"

// parseRef reads segment:row.
func parseRef(ref string) (segment, row int64, err error) {
	left, right, found := strings.Cut(ref, ":")
	segment, errSegment := strconv.ParseInt(left, 10, 64)
	row, errRow := strconv.ParseInt(right, 10, 64)
	if !found || errSegment != nil || errRow != nil || segment < 0 || row < 0 {
		return 0, 0, invalid("the reference is not segment:row", "take it from the column ref of an event")
	}
	return segment, row, nil
}

// eventOf is an event in the form that a search gives it.
func eventOf(e nightjar.Event, tenant string) map[string]any {
	ip := ""
	if e.ClientIP.IsValid() {
		ip = e.ClientIP.String()
	}
	m := map[string]any{
		"ref": noRef, "tenant": tenant, "tenant_id": e.Tenant, "id": e.ID,
		"time": value(e.Time), "ingested": value(e.Ingested), "content_created": value(e.ContentCreated),
		"table_name": e.Table, "feed": e.Feed, "tag": e.Tag, "record_type": e.RecordType, "operation": e.Operation, "workload": e.Workload,
		"user_id": e.UserID, "user_key": e.UserKey, "user_type": e.UserType, "client_ip": ip, "client_port": e.ClientPort,
		"object_id": e.ObjectID, "result": e.Result, "app_id": e.AppID, "session_id": e.SessionID, "user_agent": e.UserAgent,
		"country": e.Place.Country, "city": e.Place.City, "asn": e.Place.ASN, "network": e.Place.Network,
		"place_source": e.Place.Source,
	}
	if e.Place.Located() {
		m["lat"], m["lon"] = e.Place.Lat, e.Place.Lon
	}
	return m
}
