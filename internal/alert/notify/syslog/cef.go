package syslog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
)

// cef writes a notice in the Common Event Format, version 0
// (ArcSight Common Event Format Implementation Standard, version 26, read 2026-11-22).
func cef(version string, n notify.Notice) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CEF:0|Nightjar|Nightjar|%s|%s|%s|%d|", head(version), head(n.Rule), head(n.Title), rating(n.Severity))
	first := true
	add := func(key, value string) {
		if value == "" {
			return
		}
		if !first {
			b.WriteByte(' ')
		}
		first = false
		b.WriteString(key + "=" + extension(value))
	}
	millis := func(t interface{ UnixMilli() int64 }) string { return strconv.FormatInt(t.UnixMilli(), 10) }
	add("rt", millis(n.Time))
	add("start", millis(n.First))
	add("end", millis(n.Last))
	add("externalId", n.Alert)
	add("act", string(n.State))
	add("cnt", strconv.FormatInt(n.Count, 10))
	add("msg", notify.Cut(n.Reason, 1000))
	add("suser", entity(n, nightjar.EntityUser))
	v4, v6 := addresses(n)
	add("src", v4)
	if v6 != "" {
		add("c6a2Label", "Source IPv6 Address")
		add("c6a2", v6)
	}
	for i, extra := range []struct{ label, value string }{
		{"tenant", string(n.Tenant)}, {"tenantName", n.TenantName}, {"incident", n.Incident}, {"tags", strings.Join(n.Tags, " ")}, {"link", n.Link},
	} {
		if extra.value != "" {
			add(fmt.Sprintf("cs%dLabel", i+1), extra.label)
			add(fmt.Sprintf("cs%d", i+1), extra.value)
		}
	}
	return b.String()
}

func entity(n notify.Notice, kind nightjar.EntityKind) string {
	for _, e := range n.Entities {
		if e.Kind == kind {
			return e.Value
		}
	}
	return ""
}

// addresses are the first of each sort: in version 0 of the format src is an
// IPv4 address, and those of IPv6 have a field of their own.
func addresses(n notify.Notice) (v4, v6 string) {
	for _, e := range n.Entities {
		a, err := netip.ParseAddr(e.Value)
		switch {
		case e.Kind != nightjar.EntityAddress || err != nil:
		case a.Unmap().Is4():
			v4 = cmp.Or(v4, a.Unmap().String())
		default:
			v6 = cmp.Or(v6, a.String())
		}
	}
	return v4, v6
}

func head(s string) string {
	return strings.NewReplacer(`\`, `\\`, `|`, `\|`).Replace(notify.OneLine(s))
}

func extension(s string) string {
	return strings.NewReplacer(`\`, `\\`, `=`, `\=`).Replace(notify.OneLine(s))
}

// rating is the severity of CEF, 0 to 10.
func rating(s nightjar.Severity) int {
	switch s {
	case nightjar.SeverityCritical:
		return 10
	case nightjar.SeverityHigh:
		return 8
	case nightjar.SeverityMedium:
		return 6
	case nightjar.SeverityLow:
		return 3
	case nightjar.SeverityInformational:
	}
	return 1
}

func jsonBody(n notify.Notice) (string, error) {
	b, err := json.Marshal(n)
	return string(b), err
}
