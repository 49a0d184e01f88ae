// Package syslog sends notifications as syslog messages (RFC 5424) over TLS
// (RFC 5425), each with its length before it, and with CEF or text as body.
// Syslog has no answers: what went out whole counts as taken.
package syslog
