package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"strings"
)

// newMailServer listens for mail and hands over each message that it accepts.
func newMailServer(ctx context.Context, accepted func(message string)) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serveMail(c, accepted)
		}
	}()
	return l, nil
}

// serveMail speaks as much of SMTP as a client needs (RFC 5321).
func serveMail(c net.Conn, accepted func(message string)) {
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(line string) { fmt.Fprint(c, line+"\r\n") }
	say("220 ready")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " "); verb {
		case "DATA":
			say("354 go on")
			var message strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				message.WriteString(line)
			}
			say("250 accepted")
			accepted(readable(message.String()))
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// readable undoes the line breaks of quoted-printable.
func readable(message string) string {
	text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(message)))
	if err != nil {
		return message
	}
	return string(text)
}
