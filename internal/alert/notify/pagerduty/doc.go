// Package pagerduty sends notifications to PagerDuty by its Events API v2.
// All states of an alert have one dedup_key: they open, acknowledge and
// resolve one incident, and an event that is sent twice changes nothing.
package pagerduty
