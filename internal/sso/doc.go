// Package sso leads people to the sign-in page of a provider of identities
// (OpenID Connect) and believes what they bring back only as far as the
// provider signed it.
//
// It decides nothing: who a signed identity is here, and what it may do, is
// for package access to say. It keeps no token and writes nothing. What it
// must remember of an attempt is in a sealed cookie of the browser that began
// it, so that strangers who begin many of them fill no store.
package sso
