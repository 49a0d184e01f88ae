package normalise

import (
	"bytes"
	"net/netip"

	"github.com/nightjar-sec/nightjar"
)

// columns are the tokens that an event's text columns are read from; nil where
// the record has nothing for the column.
type columns struct {
	id, operation, workload, userID, userKey, objectID []byte
	result, appID, sessionID, userAgent                []byte
}

// read picks the tokens of the columns that all workloads share. The
// workload's own function fills in afterwards what only it knows.
func (c *columns) read(f *fields) {
	c.id = f.first(memID)
	c.operation = f.first(memOperation)
	c.workload = f.first(memWorkload)
	c.userID = f.first(memUserID)
	c.userKey = f.first(memUserKey)
	c.objectID = f.first(memObjectID)
	c.result = f.first(memResultStatus, memResultStatusDetail, memBagResultStatusDetail, memStatus)
	c.appID = f.first(memApplicationID, memAppID, memClientAppID)
	c.userAgent = f.first(memUserAgent)
	// The session of the token that was used comes first: it joins with
	// sign-ins. SessionId is the workload's own (an Outlook connection, say).
	if access := f.values[memAppAccessContext]; access != nil {
		c.appID = or(c.appID, lookup(access, "ClientAppId"))
		c.sessionID = or(nil, lookup(access, "AADSessionId"))
	}
	c.sessionID = or(c.sessionID, f.first(memSessionID, memBagSessionID))
}

// first is the first of the members that has a text, nil when none has.
func (f *fields) first(ms ...member) []byte {
	for _, m := range ms {
		if hasText(f.values[m]) {
			return f.values[m]
		}
	}
	return nil
}

// or is a token if it is set, else another if that has a text.
func or(token, another []byte) []byte {
	if token == nil && hasText(another) {
		return another
	}
	return token
}

// fill copies the columns and the folded bags into the event. All of its text
// is one string, so that an event costs two allocations: that and its raw JSON.
func (c *columns) fill(e *nightjar.Event, f *fields, bags []byte) {
	var ends [10]int
	buf := bags
	fieldsEnd := len(buf)
	for i, token := range [...][]byte{
		c.id, c.operation, c.workload, c.userID, c.userKey, c.objectID, c.result, c.appID, c.sessionID, c.userAgent,
	} {
		buf = appendText(buf, token)
		ends[i] = len(buf)
	}
	all := string(buf)
	e.Fields = all[:fieldsEnd]
	from := fieldsEnd
	for i, column := range [...]*string{
		&e.ID, &e.Operation, &e.Workload, &e.UserID, &e.UserKey, &e.ObjectID, &e.Result, &e.AppID, &e.SessionID, &e.UserAgent,
	} {
		*column = all[from:ends[i]]
		from = ends[i]
	}
	e.ClientIP, e.ClientPort = f.clientIP()
}

// clientIP reads the client's address: of the first member that has one.
func (f *fields) clientIP() (netip.Addr, uint16) {
	for _, m := range [...]member{memClientIPAddress, memClientIP, memActorIPAddress, memActorIP} {
		if !hasText(f.values[m]) {
			continue
		}
		if a := ParseAddress(string(text(f.values[m]))); a.Addr.IsValid() {
			return a.Addr, a.Port
		}
	}
	return netip.Addr{}, 0
}

// userType reads a UserType: its number, or the name that some interfaces give.
// Sources, read 2026-11-22: learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema#user-type
// (0 to 8), learn.microsoft.com/graph/api/resources/security-auditlogrecord (9 and 10).
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
