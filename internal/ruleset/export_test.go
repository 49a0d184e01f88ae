package ruleset

// Guard is guard for tests.
var Guard = guard
