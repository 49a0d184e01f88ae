package sim

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// apiError is an error of the Management Activity API. Codes and texts as in
// the API reference's table "Errors", read 2026-11-22, or as seen in the wild.
type apiError struct {
	Status int
	Code   string
	Text   string
}

func (e *apiError) write(w http.ResponseWriter) {
	writeJSON(w, e.Status, map[string]any{"error": map[string]string{"code": e.Code, "message": e.Text}})
}

const windowText = "Start time and end time must both be specified (or both omitted) and must be less than or equal to 24 hours apart, with the start time prior to end time and start time no more than 7 days in the past."

func errNoPermission() *apiError {
	return &apiError{http.StatusUnauthorized, "AF10001", "The permission set () sent in the request did not include the expected permission."}
}

func errMissingParameter(name string) *apiError {
	return &apiError{http.StatusBadRequest, "AF20001", "Missing parameter: " + name + "."}
}

func errBadParameter(name, kind string) *apiError {
	return &apiError{http.StatusBadRequest, "AF20002", "Invalid parameter type: " + name + ". Expected type: " + kind}
}

func errPastExpiration(value string) *apiError {
	return &apiError{http.StatusBadRequest, "AF20003", "Expiration " + value + " provided is set to past date and time."}
}

func errOtherTenant(url, token string) *apiError {
	return &apiError{http.StatusBadRequest, "AF20010", "The tenant ID passed in the URL (" + url + ") does not match the tenant ID passed in the access token (" + token + ")."}
}

func errNoSuchTenant(id string) *apiError {
	return &apiError{http.StatusBadRequest, "AF20011", "Specified tenant ID (" + id + ") does not exist in the system or has been deleted."}
}

func errTenantNotGUID(id string) *apiError {
	return &apiError{http.StatusBadRequest, "AF20013", "Specified tenant ID (" + id + ") is not a valid GUID."}
}

// errAuditOff is what a tenant with auditing switched off answers; it says
// nothing of auditing. Source: the page "troubleshooting", read 2026-11-22.
func errAuditOff(id string) *apiError {
	return &apiError{http.StatusBadRequest, "AF20012", "Microsoft.Office.Compliance.Audit.DataServiceException: Tenant " + id + " does not exist."}
}

func errBadContentType() *apiError {
	return &apiError{http.StatusBadRequest, "AF20020", "The specified content type is not valid."}
}

func errWebhook(why string) *apiError {
	return &apiError{http.StatusBadRequest, "AF20021", "The webhook endpoint could not be validated. " + why}
}

func errNoSubscription() *apiError {
	return &apiError{http.StatusBadRequest, "AF20022", "No subscription found for the specified content type."}
}

func errDisabled() *apiError {
	return &apiError{http.StatusBadRequest, "AF20023", "The subscription was disabled by a tenant admin."}
}

// errAlreadyEnabled is undocumented; Wazuh, Elastic's mock and Data Prepper know it.
func errAlreadyEnabled() *apiError {
	return &apiError{http.StatusBadRequest, "AF20024", "The subscription is already enabled. No property change."}
}
func errWindow() *apiError { return &apiError{http.StatusBadRequest, "AF20030", windowText} }
func errWindowOld() *apiError {
	return &apiError{http.StatusBadRequest, "AF20055", windowText}
}

func errBadPage(token string) *apiError {
	return &apiError{http.StatusBadRequest, "AF20031", "Invalid nextPage Input: " + token + "."}
}

func errNoContent(id string) *apiError {
	return &apiError{http.StatusNotFound, "AF20050", "The specified content (" + id + ") does not exist."}
}

func errContentExpired(id string) *apiError {
	return &apiError{http.StatusNotFound, "AF20051", "Content requested with the key " + id + " has already expired. Content older than 7 days cannot be retrieved."}
}

func errContentID(id string) *apiError {
	return &apiError{http.StatusBadRequest, "AF20052", "Content ID " + id + " in the URL is invalid."}
}

func errInternal() *apiError {
	return &apiError{http.StatusInternalServerError, "AF50000", "An internal error occurred. Retry the request."}
}

// throttling is one refusal to serve so fast.
type throttling struct {
	forbidden bool
	after     string // Retry-After as sent; empty means no header
	wait      time.Duration
}

// write answers in one of the two forms that are seen: 429 with JSON, or, as
// in the page "troubleshooting", 403 with a body that is not JSON.
func (t throttling) write(w http.ResponseWriter, publisher string) {
	text := fmt.Sprintf("Too many requests. Method=GetBlob, PublisherId=%s", publisher)
	if t.after != "" {
		w.Header().Set("Retry-After", t.after)
	}
	if t.forbidden {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprintf(w, "{'error':{'code':'AF429','message':'%s'}}", text) // the client may have gone
		return
	}
	(&apiError{http.StatusTooManyRequests, "AF429", text}).write(w)
}

func seconds(d time.Duration) string { return strconv.Itoa(int((d + time.Second - 1) / time.Second)) }
