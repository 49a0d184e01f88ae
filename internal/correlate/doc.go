// Package correlate evaluates correlations: what the matches of rules mean
// together over time.
//
// Matches go in, event by event, in the order of the journal; hits come out.
// What comes out depends on the order of the events alone: never on how they
// were cut into batches, on the time of day, or on the order of a map. State is
// held in memory, bounded, and written to and read from snapshots by whoever
// owns one; the package knows no journal, no clock and no store.
//
// Time is that of the events. Each correlation keeps, for each tenant and each
// combination of its group-by values, what happened, sorted by time, so that
// late events find their place. A Correlator is for one goroutine at a time.
package correlate
