// Package email sends notifications by SMTP: as text and as HTML, with a
// Message-ID that is made of the message's key, so that one which is sent
// twice is the same to mail systems, and with References that keep what
// concerns one alert in one thread.
//
// It speaks SMTP through net/smtp over a connection of the guard's.
package email
