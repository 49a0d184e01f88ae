package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// usage is what a process took.
type usage struct {
	CPU    time.Duration // of the user and the system together
	System time.Duration
	Wall   time.Duration
	Peak   int64 // bytes of resident memory; 0 where the system does not say
}

// measure runs a process to its end.
func measure(ctx context.Context, o options, name string, args ...string) (usage, []byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if o.verbose {
		cmd.Stderr = io.MultiWriter(&complaint, os.Stderr)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return usage{}, nil, fmt.Errorf("start %s: %w", name, err)
	}
	peak := watchPeak(cmd.Process.Pid)
	err := cmd.Wait()
	u := usage{
		CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), System: cmd.ProcessState.SystemTime(),
		Wall: time.Since(began), Peak: peak(),
	}
	if err != nil {
		return u, out.Bytes(), fmt.Errorf("%s %s: %w\n%s%s", name, strings.Join(args[:1], " "), err, out.Bytes(), complaint.Bytes())
	}
	return u, out.Bytes(), nil
}

// watchPeak follows the high-water mark of a process until it is asked for it.
// The resource usage that wait returns will not do: it counts the memory of
// the parent, from before the program was replaced.
func watchPeak(pid int) func() int64 {
	var most int64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		every := time.NewTicker(20 * time.Millisecond)
		defer every.Stop()
		for {
			most = max(most, highWater(pid))
			select {
			case <-stop:
				return
			case <-every.C:
			}
		}
	}()
	return func() int64 {
		close(stop)
		<-stopped
		return most
	}
}

// highWater reads the most resident memory that a process ever had (proc(5), VmHWM).
func highWater(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				return 0
			}
			return kib << 10
		}
	}
	return 0
}

// running is a service in its own process.
type running struct {
	cmd    *exec.Cmd
	ask    io.WriteCloser
	answer *bufio.Reader
}

// serve starts a service and waits until it answers.
func serve(ctx context.Context, w world) (*running, error) {
	args, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("encode the service's arguments: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	s := &running{cmd: exec.CommandContext(ctx, self, "service", string(args))}
	s.cmd.Stderr = os.Stderr
	if s.ask, err = s.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start the service: %w", err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the service: %w", err)
	}
	s.answer = bufio.NewReader(out)
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the service: %w", err)
	}
	if _, err := s.tally(); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *running) tally() (t tally, err error) {
	if _, err := io.WriteString(s.ask, "\n"); err != nil {
		return t, fmt.Errorf("ask the service: %w", err)
	}
	line, err := s.answer.ReadBytes('\n')
	if err != nil {
		return t, fmt.Errorf("hear the service: %w", err)
	}
	return t, json.Unmarshal(line, &t)
}

// stop ends the service. How it ends matters to nobody: its answers were read.
func (s *running) stop() {
	_ = s.ask.Close()
	_ = s.cmd.Wait()
}
