// Package app is the composition root: it opens the parts that a command
// needs, wires them, and runs the long-lived ones until they are told to stop.
//
// Only here do packages meet that must not know each other: the collector
// gets its tenants from connect, its warnings from health and its journal from
// journal. Only here are goroutines started for long-lived parts. It reads no
// flag and no file of configuration; internal/config does, and internal/cli
// prints what comes of it.
package app
