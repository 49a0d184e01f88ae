// Package webhook sends notifications as JSON to an address of the user's,
// signed with HMAC-SHA256 and named by an idempotency key. docs/notify.md has
// the schema and how to check the signature.
package webhook
