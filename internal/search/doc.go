// Package search turns what people choose on a search screen into SQL of the
// query language: a table, a span, words, and filters of fields.
//
// Every value becomes a literal of its column's type; nothing that people
// typed reaches the text of a query outside of quotes. The package is pure: it
// runs nothing and knows no tenants, for whoever runs the SQL decides which
// tenants it sees. What comes out is ordinary SQL that people can copy.
package search
