package detect

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nightjar-sec/nightjar"
)

// Enricher adds to records what Nightjar knows of them. It is for one goroutine.
type Enricher struct{ clients *clients }

// NewEnricher returns an enricher.
func NewEnricher() *Enricher { return &Enricher{newClients()} }

// Enrich appends to dst the record of an event with one member more, nightjar,
// which holds what Nightjar knows of the event: rules name it nightjar.country
// and so on. The names stand in the schema of the audit log and in
// docs/rules.md. A record that is no JSON object is appended as it is.
func (n *Enricher) Enrich(dst []byte, e *nightjar.Event, tenant string) []byte {
	raw := bytes.Trim(e.Raw, " \t\r\n")
	if len(raw) < 2 || raw[0] != '{' || raw[len(raw)-1] != '}' {
		return append(dst, e.Raw...)
	}
	dst = append(dst, raw[:len(raw)-1]...)
	if len(bytes.TrimSpace(raw[1:len(raw)-1])) > 0 {
		dst = append(dst, ',')
	}
	dst = append(dst, `"nightjar":{`...)
	m := members{dst: dst}
	m.text("tenant", tenant)
	m.text("tenant_id", string(e.Tenant)) // which stays when the tenant is called otherwise
	m.text("table", string(e.Table))
	m.text("time", e.Time.UTC().Format(time.RFC3339))
	if e.ClientIP.IsValid() {
		m.text("client_ip", e.ClientIP.String())
	}
	m.text("country", e.Place.Country)
	m.text("city", e.Place.City)
	if e.Place.Located() {
		m.number("lat", strconv.FormatFloat(e.Place.Lat, 'f', -1, 64))
		m.number("lon", strconv.FormatFloat(e.Place.Lon, 'f', -1, 64))
	}
	if e.Place.ASN != 0 {
		m.number("asn", strconv.FormatUint(uint64(e.Place.ASN), 10))
	}
	m.text("network", e.Place.Network)
	user := strings.ToLower(e.UserID)
	m.text("user", user)
	m.text("user_domain", domainOf(user))
	m.text("app_id", e.AppID)
	m.text("session_id", e.SessionID)
	m.text("user_agent", e.UserAgent)
	m.text("client", n.clients.family(e.UserAgent))
	m.text("device", deviceOf(e))
	m.text("result", e.Result)
	m.text("object_id", e.ObjectID)
	target, scopes := directoryChange(e)
	m.text("target", target)
	m.text("scopes", scopes)
	recipients, domains := outside(e)
	m.text("outside", strings.Join(recipients, " "))
	m.text("outside_domains", strings.Join(domains, " "))
	people, otherwise := alertAbout(e)
	m.texts("about", people)
	m.text("about_text", otherwise)
	if self, known := givesSelf(e); known {
		m.number("self", strconv.FormatBool(self))
	}
	m.number("guest", strconv.FormatBool(strings.Contains(user, guestMark)))
	return append(m.dst, '}', '}')
}

// guestMark stands in the names that Entra ID gives guests: the name at home
// with an underscore for the @, the mark, and the domain of the host.
// Source: learn.microsoft.com/entra/external-id/user-properties, read 2026-11-22.
const guestMark = "#ext#"

// domainOf is the domain of a user's name; of a guest the one at home.
func domainOf(user string) string {
	if home, _, guest := strings.Cut(user, guestMark); guest {
		if i := strings.LastIndexByte(home, '_'); i >= 0 {
			return home[i+1:]
		}
		return ""
	}
	if i := strings.LastIndexByte(user, '@'); i >= 0 {
		return user[i+1:]
	}
	return ""
}

// deviceOf is the id of the device that a sign-in came from; "" when Entra ID
// does not know it.
func deviceOf(e *nightjar.Event) string {
	if e.Table != nightjar.TableAzureAD || !strings.Contains(e.Fields, `"DeviceProperties"`) {
		return ""
	}
	var bags struct {
		DeviceProperties map[string]any
	}
	if json.Unmarshal([]byte(e.Fields), &bags) != nil {
		return "" // a bag of another shape names no device
	}
	for _, name := range []string{"Id", "DeviceId"} {
		if id, ok := bags.DeviceProperties[name].(string); ok && id != "" {
			return id
		}
	}
	return ""
}

// members appends the members of an object. Those that are not stated stay
// away, so that a rule can ask whether they are there.
type members struct {
	dst  []byte
	more bool
}

func (m *members) name(name string) {
	if m.more {
		m.dst = append(m.dst, ',')
	}
	m.more = true
	m.dst = append(append(append(m.dst, '"'), name...), '"', ':')
}

func (m *members) number(name, literal string) {
	m.name(name)
	m.dst = append(m.dst, literal...)
}

func (m *members) text(name, value string) {
	if value == "" {
		return
	}
	m.name(name)
	m.dst = appendQuoted(m.dst, value)
}

func (m *members) texts(name string, values []string) {
	if len(values) == 0 {
		return
	}
	m.name(name)
	for i, value := range values {
		m.dst = appendQuoted(append(m.dst, "[,"[min(i, 1)]), value)
	}
	m.dst = append(m.dst, ']')
}

// appendQuoted writes a text as JSON does.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = slices.Grow(dst, len(s)+2)
	dst = append(dst, '"')
	for _, r := range s { // bytes that are not UTF-8 come as U+FFFD
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}
