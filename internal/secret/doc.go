// Package secret holds what must never be seen: Value, a string that redacts
// itself wherever it is printed, and the Vault, which keeps values sealed at
// rest under a key per tenant.
//
// It does not fetch, rotate or validate secrets; connect does. Plain text
// enters through New and leaves through Value.Reveal only.
package secret
