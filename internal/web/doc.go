// Package web serves the console: the files that `make web` built from the
// folder web/ are embedded here, and handed out with the headers that keep a
// browser from running or loading anything else. A checkout where nobody has
// built them serves one page that says how.
//
// It knows no data and asks no question: everything that the console shows
// comes from the API.
package web
