// Package accesstest is a person's device with passkeys, for tests: it makes
// them and signs with them as the standard says, in software, and does on
// demand what a faulty or hostile one would. It shares no code with what checks
// its answers.
package accesstest
