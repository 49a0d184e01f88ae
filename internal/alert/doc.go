// Package alert makes of findings what people decide about.
//
// A finding comes from a rule and never changes; Keeper.Record takes it in the
// transaction of whoever found it. Findings of one fingerprint that lie close
// together in time are one alert, and alerts that share somebody or something
// are one incident. People acknowledge, assign, comment and close alerts, and
// say of each whether it was true, benign or false; of that the package makes
// the quality of rules and the risk of users and addresses. Silences and
// inhibitions keep alerts from being notified, never from being kept.
//
// The package finds nothing and tells nobody: rules are the business of detect
// and schedule, and what changed is handed to an Outbox in the same
// transaction. A Copier carries findings and alerts to the journal, where
// people query them.
package alert
