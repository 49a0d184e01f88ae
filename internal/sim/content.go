package sim

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// window is what a listing asks for.
type window struct {
	from, to time.Time
}

// pageToken is the nextpage parameter taken apart. The listing of all pages
// is the listing at the time of the first.
type pageToken struct {
	at     time.Time
	offset int
	empty  bool // the page before the offset was the empty one
}

// String writes a token of the shape seen on the wire: two stamps and a scale
// unit with '$' between them (o365beat issue 39).
func (p pageToken) String() string {
	unit := "na0022"
	if p.empty {
		unit = "na0023"
	}
	return fmt.Sprintf("%s$%023d$%s", stamp(p.at), p.offset, unit)
}

func parsePageToken(s string) (pageToken, error) {
	var p pageToken
	parts := strings.Split(s, "$")
	if len(parts) != 3 || len(parts[0]) != 23 || len(parts[1]) != 23 || parts[2] != "na0022" && parts[2] != "na0023" {
		return p, errors.New("not a page token")
	}
	at, err := time.Parse("20060102150405.000", parts[0][:14]+"."+parts[0][14:17])
	if err != nil {
		return p, errors.New("not a page token")
	}
	offset, err := strconv.ParseInt(parts[1], 10, 32)
	if err != nil || offset < 0 {
		return p, errors.New("not a page token")
	}
	return pageToken{at: at, offset: int(offset), empty: parts[2] == "na0023"}, nil
}

// parseTime reads the forms of time that the service reads: the documented
// ones and RFC 3339, which it accepts in practice.
func parseTime(s string) (time.Time, error) {
	for _, form := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04", "2006-01-02T15:04Z07:00", "2006-01-02"} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errors.New("not a time")
}

// parseWindow applies the rules of startTime and endTime.
func parseWindow(q url.Values, now time.Time) (window, *apiError) {
	start, end := q.Get("starttime"), q.Get("endtime")
	if start == "" && end == "" {
		return window{now.Add(-24 * time.Hour), now}, nil
	}
	if start == "" || end == "" {
		return window{}, errWindow()
	}
	from, err := parseTime(start)
	if err != nil {
		return window{}, errBadParameter("startTime", "DateTime")
	}
	to, err := parseTime(end)
	if err != nil {
		return window{}, errBadParameter("endTime", "DateTime")
	}
	switch {
	case to.Sub(from) > 24*time.Hour:
		return window{}, errWindow()
	case !from.Before(to), now.Sub(from) > retention+time.Hour:
		// The service tolerates an hour beyond the seven days (beats, listblobs.go).
		return window{}, errWindowOld()
	}
	return window{from, to}, nil
}

// readable says whether a feed's subscription lets content be read.
func (t *tenant) readable(feed int) *apiError {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.disabled[feed]:
		return errDisabled()
	case t.subs[feed].state != subEnabled:
		return errNoSubscription()
	}
	return nil
}

func (s *Server) listContent(w http.ResponseWriter, _ *http.Request, c call) *apiError {
	feed, fault := c.feed()
	if fault != nil {
		return fault
	}
	if fault := c.tenant.readable(feed); fault != nil {
		return fault
	}
	now := s.clock.Now()
	win, fault := parseWindow(c.query, now)
	if fault != nil {
		return fault
	}
	page := pageToken{at: now}
	if token := c.query.Get("nextpage"); token != "" {
		var err error
		if page, err = parsePageToken(token); err != nil {
			return errBadPage(token)
		}
	}
	all := s.visible(c.tenant, feed, win, page.at)
	if page.offset > len(all) {
		return errBadPage(c.query.Get("nextpage"))
	}
	items, next := s.page(c.tenant, feed, win, all, page)
	if next != nil {
		w.Header().Set("NextPageUri", s.nextPage(c.tenant, feed, win, *next))
	}
	list := make([]contentJSON, 0, len(items))
	for _, b := range items {
		n := s.describe(c.tenant, b)
		list = append(list, contentJSON{n.ContentURI, n.ContentID, n.ContentType, n.ContentCreated, n.ContentExpiration})
		s.truth.listed(c.tenant.ID, b)
	}
	s.writeCompressed(w, c, list)
	return nil
}

type contentJSON struct {
	ContentURI        string `json:"contentUri"`
	ContentID         string `json:"contentId"`
	ContentType       string `json:"contentType"`
	ContentCreated    string `json:"contentCreated"`
	ContentExpiration string `json:"contentExpiration"`
}

// visible is what a listing shows of a feed through the tenant's subscription.
func (s *Server) visible(t *tenant, feed int, win window, at time.Time) []blob {
	t.mu.Lock()
	sub := t.subs[feed]
	t.mu.Unlock()
	if at.Before(sub.since.Add(s.scenario.FirstBlobDelay)) && !t.Subscribed {
		return nil
	}
	all := t.schedule.list(feed, win.from, win.to, at)
	if len(sub.stopped) == 0 {
		return all
	}
	kept := all[:0]
	for _, b := range all {
		if sub.serves(b.created) {
			kept = append(kept, b)
		}
	}
	return kept
}

// page cuts one page out of a listing and disorders it.
func (s *Server) page(t *tenant, feed int, win window, all []blob, p pageToken) ([]blob, *pageToken) {
	sc, place := &s.scenario, win.from.Unix()+int64(p.offset)
	if !p.empty && p.offset < len(all) && t.schedule.chance(sc.EmptyPages, "empty page", feed, place) {
		return nil, &pageToken{at: p.at, offset: p.offset, empty: true}
	}
	end := min(p.offset+sc.PageLimit, len(all))
	items := append([]blob(nil), all[p.offset:end]...)
	for _, b := range all[p.offset:end] {
		if t.schedule.chance(sc.DuplicateItems, "listed twice", feed, b.n) {
			items = append(items, b)
		}
	}
	if sc.Shuffle {
		d := dice{state: mix(s.seed ^ uint64(place))}
		for i := len(items) - 1; i > 0; i-- {
			j := d.below(i + 1)
			items[i], items[j] = items[j], items[i]
		}
	}
	if end == len(all) {
		return items, nil
	}
	return items, &pageToken{at: p.at, offset: end}
}

// nextPage writes the address of a page as the service does: lower-case names,
// seven digits of fraction, '$' unescaped, and no PublisherIdentifier.
func (s *Server) nextPage(t *tenant, feed int, win window, p pageToken) string {
	root := s.roots.Management
	if n := s.scenario.ForeignNextPage; n > 0 && t.try("foreign page "+feedNames[feed]) < n {
		s.truth.fault("foreign next page")
		root = s.roots.Login
	}
	const form = "2006-01-02T15:04:05.0000000Z"
	return fmt.Sprintf("%s/api/v1/%s/activity/feed/subscriptions/content?contenttype=%s&endtime=%s&starttime=%s&nextpage=%s",
		root, t.ID, feedNames[feed], win.to.Format(form), win.from.Format(form), p)
}

// describe is a blob as listings and notifications show it.
func (s *Server) describe(t *tenant, b blob) notification {
	root := s.roots.Management
	if b.kind == blobForeign {
		root = s.roots.Login
	}
	const form = "2006-01-02T15:04:05.000Z"
	return notification{
		TenantID: t.ID, ClientID: t.ClientID, ContentType: feedNames[b.feed], ContentID: b.id,
		ContentURI:     root + "/api/v1.0/" + t.ID + "/activity/feed/audit/" + b.id,
		ContentCreated: b.created.UTC().Format(form), ContentExpiration: b.expires.UTC().Format(form),
	}
}

// listNotifications lists the webhook calls of a window; diagnostics only.
func (s *Server) listNotifications(w http.ResponseWriter, _ *http.Request, c call) *apiError {
	feed, fault := c.feed()
	if fault != nil {
		return fault
	}
	win, fault := parseWindow(c.query, s.clock.Now())
	if fault != nil {
		return fault
	}
	writeJSON(w, http.StatusOK, s.truth.attempts(c.tenant.ID, feed, win))
	return nil
}
