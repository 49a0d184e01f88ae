// Package slack sends notifications to an incoming webhook of Slack. Such a
// webhook cannot change what it posted, so that each state of an alert is a
// message of its own, and it knows no keys: a message that is sent twice is
// seen twice.
package slack
