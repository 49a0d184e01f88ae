// Package detect watches the journal with the rules that are in force, and
// says what it found.
//
// It reads the events of audit in the order of their commits, adds to each
// what Nightjar knows of it beside the record (the members of nightjar.*), asks
// the index which rules it matches, hands the matches of correlations to their
// state, and makes findings of what answers: a sentence with the actual values,
// whom it is about, and the events that it rests on. The findings are recorded
// in the transaction that moves the reader's cursor. What becomes of them, and
// which rules there are, is decided elsewhere.
//
// An engine depends on the events and their order alone, never on batches, on
// the time of day or on chance. Therefore the stream, a backtest and the tests
// in rule files are the same engine, and findings that are found again after a
// crash have the ids that they had.
package detect
