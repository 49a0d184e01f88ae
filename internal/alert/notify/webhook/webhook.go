package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

type sink struct {
	config
	bearer secret.Value
	post   *notify.Poster
	e      notify.Environment
}

// Version is that of the schema. It grows when a field changes its meaning or
// goes; a new field does not change it.
const Version = 1

// body is the JSON that is sent.
type body struct {
	Version  int             `json:"version"`
	Key      string          `json:"key"`
	Test     bool            `json:"test"`
	Repeated bool            `json:"repeated"`
	Created  time.Time       `json:"created"`
	Severity string          `json:"severity"`
	Subject  string          `json:"subject"`
	Notices  []notify.Notice `json:"notices"`
}

// Destination is the host.
func (s *sink) Destination() string { return s.post.Host() }

// Send posts the message. What is signed is the time, a dot and the body, so
// that neither can be changed and an old message cannot be played again.
func (s *sink) Send(ctx context.Context, m notify.Message) (string, error) {
	b := body{Version: Version, Key: m.Key, Test: m.Test, Repeated: m.Repeated, Created: m.Created, Severity: string(m.Severity()), Subject: m.Subject(), Notices: m.Notices}
	if b.Notices == nil {
		b.Notices = []notify.Notice{}
	}
	text, err := json.Marshal(b)
	if err != nil {
		return "", &notify.SendError{Reason: notify.ReasonMessage, Permanent: true, Message: "the message cannot be written", Err: err}
	}
	at := strconv.FormatInt(s.e.Wall.Now().Unix(), 10)
	headers := map[string]string{"Idempotency-Key": m.Key, "Nightjar-Timestamp": at}
	if !s.key.IsZero() {
		headers["Nightjar-Signature"] = "v1=" + Sign(s.key, at, text)
	}
	if !s.bearer.IsZero() {
		headers["Authorization"] = "Bearer " + strings.TrimSpace(s.bearer.Reveal())
	}
	return s.post.Post(ctx, text, headers)
}

// Sign makes the signature of a body at a time, in hexadecimal.
func Sign(key secret.Value, at string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
