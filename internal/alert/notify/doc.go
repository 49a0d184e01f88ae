// Package notify tells people of alerts, once each.
//
// A Notifier takes what happened to an alert in the transaction in which it
// did and writes one notice for each channel that the routes name: the outbox.
// Each channel has a queue of its own, so that a sink which hangs holds up no
// other. A message is one or more notices; what it is made of, and so its key,
// is fixed in the catalog before it is sent, and a mark that it is being sent
// is durable before the first byte leaves. What becomes of a message in doubt
// is in docs/adr/0012-a-message-in-doubt-is-sent-again.md.
//
// How a message looks and travels is the business of the packages below, one
// for each kind of sink; the composition root hands their kinds over. What is
// sent goes through a Guard, which refuses addresses of this machine and of
// private networks.
package notify
