package normalise

import (
	"bytes"
	"net/netip"

	"github.com/nightjar-sec/nightjar"
)

// span is a piece of the text that all string columns of an event share, so
// that an event costs two allocations: that text and its raw JSON.
type span struct{ from, to int }

// columns gathers the text of an event's columns.
type columns struct {
	fields *fields
	buf    []byte

	id, operation, workload, userID, userKey, objectID span
	result, appID, sessionID, userAgent, bags          span
}

// add puts a text into the shared one.
func (c *columns) add(s []byte) span {
	from := len(c.buf)
	c.buf = append(c.buf, s...)
	return span{from, len(c.buf)}
}

// first is the text of the first of the members that has one.
func (c *columns) first(ms ...member) span {
	for _, m := range ms {
		if s := text(c.fields.values[m]); len(s) > 0 {
			return c.add(s)
		}
	}
	return span{}
}

// or fills a column that is still empty.
func (c *columns) or(s *span, text []byte) {
	if s.to == s.from && len(text) > 0 {
		*s = c.add(text)
	}
}

// read fills the columns that all workloads share. The workload's own function
// fills in afterwards what only it knows.
func (c *columns) read() {
	f := c.fields
	c.id = c.first(memID)
	c.operation = c.first(memOperation)
	c.workload = c.first(memWorkload)
	c.userID = c.first(memUserID)
	c.userKey = c.first(memUserKey)
	c.objectID = c.first(memObjectID)
	c.result = c.first(memResultStatus, memResultStatusDetail, memBagResultStatusDetail, memStatus)
	c.appID = c.first(memApplicationID, memAppID, memClientAppID)
	c.userAgent = c.first(memUserAgent)
	// The context of the app's token comes first for the session: SessionId is
	// the workload's own (an Outlook connection, say), this one joins with sign-ins.
	if access := f.values[memAppAccessContext]; access != nil {
		c.or(&c.appID, text(lookup(access, "ClientAppId")))
		c.or(&c.sessionID, text(lookup(access, "AADSessionId")))
	}
	if c.sessionID == (span{}) {
		c.sessionID = c.first(memSessionID, memBagSessionID)
	}
}

// clientIP reads the client's address: the first of the members that has one.
func (f *fields) clientIP() (netip.Addr, uint16) {
	for _, m := range [...]member{memClientIPAddress, memClientIP, memActorIPAddress, memActorIP} {
		s := text(f.values[m])
		if len(s) == 0 {
			continue
		}
		if a := ParseAddress(string(s)); a.Addr.IsValid() {
			return a.Addr, a.Port
		}
	}
	return netip.Addr{}, 0
}

// assign copies the columns into the event.
func (c *columns) assign(e *nightjar.Event) {
	all := string(c.buf)
	get := func(s span) string { return all[s.from:s.to] }
	e.ID = get(c.id)
	e.Operation = get(c.operation)
	e.Workload = get(c.workload)
	e.UserID = get(c.userID)
	e.UserKey = get(c.userKey)
	e.ObjectID = get(c.objectID)
	e.Result = get(c.result)
	e.AppID = get(c.appID)
	e.SessionID = get(c.sessionID)
	e.UserAgent = get(c.userAgent)
	e.Fields = get(c.bags)
}

// userType reads a UserType: its number, or the name that some interfaces give.
// Source: learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema#user-type
// read 2026-11-22.
func userType(token []byte) int32 {
	s := text(token)
	if len(s) == 0 || isDigit(s[0]) || s[0] == '-' {
		return number(token)
	}
	for i, name := range [...]string{
		"Regular", "Reserved", "Admin", "DcAdmin", "System", "Application",
		"ServicePrincipal", "CustomPolicy", "SystemPolicy", "PartnerTechnician", "Guest",
	} {
		if bytes.EqualFold(s, []byte(name)) {
			return int32(i)
		}
	}
	return 0
}
