// Package teams sends notifications as Adaptive Cards to a webhook of the
// Workflows app of Microsoft Teams, which took the place of connectors. Such a
// webhook knows no keys: a message that is sent twice is seen twice.
package teams
