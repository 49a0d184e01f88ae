package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/config"
)

// timeValue is a time read from a flag.
type timeValue time.Time

func (t *timeValue) parse(s string) error {
	parsed, err := config.ParseTime(s)
	*t = timeValue(parsed)
	return err
}

// eventLine is an event as --json and event export print it (docs/cli-json.md).
type eventLine struct {
	Tenant         string          `json:"tenant"`
	Table          string          `json:"table"`
	ID             string          `json:"id"`
	Time           string          `json:"time"`
	Ingested       string          `json:"ingested"`
	ContentCreated string          `json:"content_created,omitempty"`
	Feed           string          `json:"feed"`
	Tag            string          `json:"tag,omitempty"`
	RecordType     int32           `json:"record_type"`
	Operation      string          `json:"operation"`
	Workload       string          `json:"workload"`
	UserID         string          `json:"user_id,omitempty"`
	UserKey        string          `json:"user_key,omitempty"`
	UserType       int32           `json:"user_type"`
	ClientIP       string          `json:"client_ip,omitempty"`
	ClientPort     uint16          `json:"client_port,omitempty"`
	ObjectID       string          `json:"object_id,omitempty"`
	Result         string          `json:"result,omitempty"`
	AppID          string          `json:"app_id,omitempty"`
	SessionID      string          `json:"session_id,omitempty"`
	UserAgent      string          `json:"user_agent,omitempty"`
	Fields         json.RawMessage `json:"fields,omitempty"`
	Seq            int64           `json:"seq"`
	Raw            json.RawMessage `json:"raw,omitempty"`
}

func lineOf(e nightjar.Event, tenant string) eventLine {
	l := eventLine{
		Tenant: tenant, Table: string(e.Table), ID: e.ID, Time: formatTime(e.Time), Ingested: formatTime(e.Ingested),
		Feed: string(e.Feed), Tag: e.Tag, RecordType: e.RecordType, Operation: e.Operation, Workload: e.Workload,
		UserID: e.UserID, UserKey: e.UserKey, UserType: e.UserType, ClientPort: e.ClientPort, ObjectID: e.ObjectID,
		Result: e.Result, AppID: e.AppID, SessionID: e.SessionID, UserAgent: e.UserAgent, Seq: e.Seq,
	}
	if !e.ContentCreated.IsZero() {
		l.ContentCreated = formatTime(e.ContentCreated)
	}
	if e.ClientIP.IsValid() {
		l.ClientIP = e.ClientIP.String()
	}
	if e.Fields != "" {
		l.Fields = json.RawMessage(e.Fields)
	}
	if json.Valid(e.Raw) {
		l.Raw = json.RawMessage(e.Raw)
	}
	return l
}

// newEventWriter returns a function that writes one event a line.
func newEventWriter(w io.Writer, t nightjar.Tenant, raw bool) func(nightjar.Event) error {
	if raw {
		return func(e nightjar.Event) error { return writeRaw(w, e.Raw) }
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return func(e nightjar.Event) error {
		l := lineOf(e, t.Name)
		l.Raw = nil // whoever wants it asks for --raw
		return enc.Encode(l)
	}
}

// writeRaw writes a record on one line. A record that Microsoft broke over
// several lines has its line feeds written as spaces: JSON has none inside of
// strings, so no value changes.
func writeRaw(w io.Writer, raw []byte) error {
	if bytes.ContainsAny(raw, "\n\r") {
		raw = bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte{'\n'}, []byte{' '}), []byte{'\r'}, []byte{' '})
	}
	if _, err := w.Write(raw); err != nil {
		return err
	}
	_, err := w.Write([]byte{'\n'})
	return err
}
