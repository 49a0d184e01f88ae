// Package access says who may do what: people with their credentials and
// sessions, API tokens, and the roles that turn either into permissions.
//
// Everything is denied that no grant allows. Nothing is cached: a request
// reads the session, the person and the grants anew, so that a change of
// rights holds from the next request on.
//
// A person signs in with a password and a code of an authenticator (TOTP), or
// one of ten recovery codes. Every change, and every sign-in whether it works
// or not, appends to the audit log in its own transaction. Passwords are kept
// as argon2id, random tokens as SHA-256, the seeds of codes in the vault.
//
// The package knows no HTTP: cookies, headers and the address of the client
// are api's business.
package access
