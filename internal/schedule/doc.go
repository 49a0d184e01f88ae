// Package schedule asks the rules that are asked on time: questions in SQL
// over a span, and warnings about Nightjar's own health. What it finds becomes
// findings in the same transaction that says how far it has come, so that
// nothing is found twice and nothing is left out.
//
// It runs no query itself and keeps no alerts; app hands in who does.
package schedule
