// Package ruleset says which rules are in force. It reads the rules that
// Nightjar ships and those of further folders, puts parameters in their place,
// keeps what the attribute nightjar says of each, and lays over them what
// people here changed: modes, parameters, severities and exceptions.
//
// It finds nothing itself: internal/detect asks events of the rules,
// internal/schedule asks its questions on time.
package ruleset
