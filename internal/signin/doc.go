// Package signin answers where people sign in from: places with their counts,
// in layers, and beside them how many sign-ins cannot be placed truly, and why.
//
// It asks the journal in SQL like anybody else (docs/sql.md shows the query)
// and reads the answer. Places were looked up when the events were collected;
// it looks up no address itself, and draws no map.
package signin
