// Package m365 speaks to Microsoft 365: sign-in of an application, and the
// Office 365 Management Activity API (subscriptions, content listings, content
// blobs, notifications).
//
// It turns every failure into one of a closed set of kinds (see Errors), keeps
// each tenant within a request Budget that adapts to throttling, and sends the
// bearer token to the tenant's own roots only. It neither schedules nor
// remembers: windows, ledgers and long retries belong to package collect, the
// storage of credentials to package connect.
//
// Blobs stream: nothing here holds a blob in memory.
package m365
