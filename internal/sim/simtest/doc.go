// Package simtest is a person at the simulator's sign-in pages, for tests: a
// browser without a screen, which keeps cookies, follows redirects and presses
// buttons by the words on them. It knows the pages by their HTML alone, so that
// the simulator's own tests can use it too. The transport that reaches the
// simulator is the caller's.
package simtest
