package m365

import (
	"errors"

	nightjar "github.com/nightjar-sec/nightjar"
)

// Kind is the closed set of ways in which a call to Microsoft 365 ends badly.
// Decide on kinds, never on the text of an answer.
type Kind string

// The kinds. What each means for the collector and for people is in Errors.
const (
	KindNone           Kind = ""                // no error, or one that is not Microsoft's
	KindPermission     Kind = "permission"      // the application lacks a permission for this feed
	KindBug            Kind = "bug"             // our request is malformed
	KindConfig         Kind = "config"          // the configuration contradicts itself or the token
	KindTenantUnknown  Kind = "tenant_unknown"  // no such tenant; what disabled auditing looks like
	KindWebhook        Kind = "webhook"         // the webhook address was not accepted
	KindNotSubscribed  Kind = "not_subscribed"  // the feed has no subscription
	KindDisabled       Kind = "disabled"        // an administrator disabled the subscription
	KindAlreadyEnabled Kind = "already_enabled" // the subscription runs already: success
	KindWindow         Kind = "window"          // the time window breaks a rule
	KindBadPage        Kind = "bad_page"        // a page reference is stale or loops
	KindContentMissing Kind = "content_missing" // the blob does not exist
	KindContentExpired Kind = "content_expired" // the blob is older than 7 days
	KindContentID      Kind = "content_id"      // the blob's id was not understood
	KindThrottled      Kind = "throttled"       // the tenant's quota is used up
	KindServer         Kind = "server"          // Microsoft answered with an internal error
	KindAuth           Kind = "auth"            // signing in failed, or the token was refused
	KindTransient      Kind = "transient"       // a broken answer: truncated, reset, not JSON
	KindWebPage        Kind = "web_page"        // a web page in the place of an answer
	KindForeignHost    Kind = "foreign_host"    // an address outside the tenant's own roots
	KindNetwork        Kind = "network"         // no answer: name, connection, TLS or proxy
	KindTooLarge       Kind = "too_large"       // the answer exceeds the configured size
)

// KindOf returns the kind of err, KindNone when it has none.
func KindOf(err error) Kind {
	if api, ok := errors.AsType[*APIError](err); ok {
		return api.Kind
	}
	if auth, ok := errors.AsType[*AuthError](err); ok {
		return auth.kind()
	}
	if _, ok := errors.AsType[*NetworkError](err); ok {
		return KindNetwork
	}
	return KindNone
}

// Retryable reports whether the same request may succeed a little later
// without anybody doing anything.
func Retryable(err error) bool {
	if network, ok := errors.AsType[*NetworkError](err); ok {
		return network.Cause.passing()
	}
	switch KindOf(err) {
	case KindThrottled, KindServer, KindTransient, KindWebPage:
		return true
	default:
		return false
	}
}

// code is how a kind appears to the rest of the product.
func (k Kind) code() nightjar.Code {
	switch k {
	case KindPermission, KindDisabled:
		return nightjar.CodeForbidden
	case KindConfig, KindWebhook, KindWindow:
		return nightjar.CodeInvalid
	case KindTenantUnknown, KindNotSubscribed, KindContentMissing, KindContentExpired, KindContentID:
		return nightjar.CodeNotFound
	case KindAlreadyEnabled:
		return nightjar.CodeConflict
	case KindThrottled:
		return nightjar.CodeThrottled
	case KindServer, KindTransient, KindWebPage, KindNetwork, KindBadPage:
		return nightjar.CodeUnavailable
	case KindAuth, KindForeignHost:
		return nightjar.CodeUnauthorized
	case KindTooLarge:
		return nightjar.CodeLimit
	case KindNone, KindBug:
		return nightjar.CodeInternal
	}
	return nightjar.CodeInternal
}
