// Package saved keeps the searches and queries that people want to ask again:
// what is asked, of which span, and who sees it.
//
// Searches come from the console, the API and the command line, and go to the
// catalog as rows, so that a backup has them. The package runs nothing, and it
// knows no roles: the caller says as whom it asks.
package saved
