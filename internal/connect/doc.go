// Package connect keeps the connections to Microsoft 365 tenants: who they
// are, with which credential Nightjar signs in, and whether that works.
//
// Tenants come from the command line (their secrets are sealed in the vault),
// from the configuration file (their secrets stay in the files that it
// names and are read again when those change), or by an administrator's
// consent in a browser to the operator's own application. It hands out one
// client per tenant and checks a connection step by step, naming the cause of a
// failure. It collects nothing and stores no events.
package connect
