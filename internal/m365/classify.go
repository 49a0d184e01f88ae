package m365

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// maxErrorBody bounds how much of an error answer is read.
const maxErrorBody = 16 << 10

var (
	afCode       = regexp.MustCompile(`\bAF\d{3,6}\b`)
	quotedField  = regexp.MustCompile(`(?i)['"](code|message)['"]\s*:\s*['"]([^'"]*)`)
	tenantAbsent = regexp.MustCompile(`(?i)tenant\b.{0,80}\bdoes not exist`)
	bearerText   = regexp.MustCompile(`(?i)\bbearer\s+\S+|\beyJ[\w-]+(\.[\w-]*)*`)
	urlQuery     = regexp.MustCompile(`(https?://[^\s?'"]+)\?[^\s'"]*`)
)

// classify turns an answer that is not a success into an APIError.
//
// Throttling comes first: Microsoft also sends it as 403 (and others have seen
// 400) with a body in single quotes that is not JSON, and a 403 would otherwise
// read as a missing permission. Source: learn.microsoft.com/office/office-365-management-api/troubleshooting-the-office-365-management-activity-api,
// read 2026-11-22.
func classify(status int, header http.Header, body []byte, now time.Time) *APIError {
	code, message := errorBody(body)
	e := &APIError{Status: status, AF: code, Message: message, RetryAfter: retryAfter(header, now)}
	switch {
	case status == http.StatusTooManyRequests || code == "AF429" || strings.Contains(strings.ToLower(message), "too many requests"):
		e.Kind = KindThrottled
		return e
	case code != "":
		for _, r := range Errors() {
			if r.AF == code {
				e.Kind = r.Kind
				return e
			}
		}
	}
	e.Kind = kindOfStatus(status)
	if tenantAbsent.MatchString(message) {
		e.Kind = KindTenantUnknown
	}
	return e
}

func kindOfStatus(status int) Kind {
	switch {
	case status == http.StatusUnauthorized:
		return KindAuth
	case status == http.StatusForbidden:
		return KindPermission
	case status == http.StatusProxyAuthRequired:
		return KindNetwork
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return KindTransient
	case status == http.StatusNotFound, status == http.StatusGone, status >= 500:
		// Without a code of Microsoft's a 404 may be any machine's in between;
		// to take it for a lost blob would be final.
		return KindServer
	case status >= 300 && status < 400:
		return KindForeignHost
	default:
		return KindBug
	}
}

// errorBody finds Microsoft's code and message in {"error":{"code","message"}},
// in the same with single quotes, and in plain text.
func errorBody(body []byte) (code, message string) {
	var doc struct {
		Error   struct{ Code, Message text }
		Message text
	}
	if json.Unmarshal(body, &doc) == nil {
		code, message = string(doc.Error.Code), string(doc.Error.Message)
		if message == "" {
			message = string(doc.Message)
		}
	}
	if code == "" && message == "" {
		for _, m := range quotedField.FindAllSubmatch(body, -1) {
			if strings.EqualFold(string(m[1]), "code") && code == "" {
				code = string(m[2])
			} else if message == "" {
				message = string(m[2])
			}
		}
	}
	if message == "" {
		message = string(body)
	}
	if found := afCode.FindString(code); found != "" {
		code = found
	} else {
		code = afCode.FindString(string(body))
	}
	return code, cleanText(message)
}

// cleanText makes text of an answer fit for errors and logs: one line, short,
// without tokens and without the queries of addresses.
func cleanText(s string) string {
	const limit = 300
	s = bearerText.ReplaceAllString(s, "[redacted]")
	s = urlQuery.ReplaceAllString(s, "$1?…")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
