package app

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"
)

// systemd tells the service manager how the daemon is; without one it does nothing.
// The protocol is a datagram of KEY=VALUE lines to the socket in $NOTIFY_SOCKET.
// Source: sd_notify(3), read 2026-11-22.
type systemd struct {
	socket   string
	watchdog time.Duration // after which systemd kills a silent daemon; 0 means never
}

// newSystemd takes the values of $NOTIFY_SOCKET and $WATCHDOG_USEC.
func newSystemd(socket, watchdogUsec string) systemd {
	usec, err := strconv.ParseInt(watchdogUsec, 10, 64)
	if err != nil || usec < 0 {
		usec = 0
	}
	return systemd{socket: socket, watchdog: time.Duration(usec) * time.Microsecond}
}

func (s systemd) notify(ctx context.Context, state string) error {
	if s.socket == "" {
		return nil
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unixgram", s.socket)
	if err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte(state)); err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	return nil
}

// feed keeps the watchdog quiet for as long as healthy answers nil: a daemon
// whose catalog no longer answers is better restarted.
func (s systemd) feed(ctx context.Context, healthy func(context.Context) error) error {
	if s.socket == "" || s.watchdog == 0 {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	tick := time.NewTicker(s.watchdog / 2) //nolint:forbidigo // systemd counts the wall's time
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
			check, cancel := context.WithTimeout(ctx, s.watchdog/4)
			if healthy(check) == nil {
				// A lost datagram is made up for by the next.
				_ = s.notify(ctx, "WATCHDOG=1")
			}
			cancel()
		}
	}
}
