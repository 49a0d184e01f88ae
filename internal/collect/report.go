package collect

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/m365"
)

// collectorName is how a feed is called in collectors_out.
func collectorName(feed nightjar.Feed) string { return "management-activity/" + string(feed) }

// newJob names one poll run and the fetches that come of it.
func newJob() string { return strings.ToLower(rand.Text()[:16]) }

// say adds a row to collectors_out.
func (f *feedRun) say(action nightjar.PipelineAction, level nightjar.Level, count int64, format string, args ...any) {
	f.c.pipe.Add(f.row(action, level, count, format, args...))
}

// row makes a row of collectors_out.
func (f *feedRun) row(action nightjar.PipelineAction, level nightjar.Level, count int64, format string, args ...any) nightjar.PipelineRecord {
	message := format
	if len(args) > 0 {
		message = fmt.Sprintf(format, args...)
	}
	return nightjar.PipelineRecord{
		ID: "collect:" + strings.ToLower(rand.Text()), Time: f.c.clock.Now(),
		Tenant: f.tenant.ID, Collector: collectorName(f.feed), JobID: f.job(),
		Action: action, Level: level, Message: message, Count: count,
	}
}

// fail reports an error of a feed, to people and to metrics. What it means for
// the feed is the caller's business.
func (f *feedRun) fail(what string, err error) {
	kind := m365.KindOf(err)
	label := string(kind)
	if kind == m365.KindNone {
		label = string(nightjar.CodeOf(err))
	}
	f.failed(err)
	f.c.metrics.failures.WithLabelValues(string(f.tenant.ID), string(f.feed), label).Inc()
	if kind == m365.KindThrottled {
		f.say(nightjar.PipelineThrottled, nightjar.LevelWarning, 0, "throttled: %s: %v", what, err)
		return
	}
	f.say(nightjar.PipelineFailed, nightjar.LevelError, 0, "collector failed: %s: %v", what, err)
	f.log.Warn("collector failed", "step", what, "kind", label, "error", err)
}

// failed remembers the last failure.
func (f *feedRun) failed(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failure, f.failedAt = shortly(err), f.c.clock.Now()
}

// shortly says what went wrong without the cause below it, which the log has.
func shortly(err error) string {
	text := err.Error()
	if e, ok := errors.AsType[*nightjar.Error](err); ok && e.Message != "" && e.Err != nil {
		return strings.TrimSuffix(text, ": "+e.Err.Error())
	}
	return text
}

// warn sets a warning of this feed.
func (f *feedRun) warn(code nightjar.WarningCode, args map[string]string) {
	f.telling.Lock()
	defer f.telling.Unlock()
	f.told++
	f.c.warn.Set(code, f.tenant.ID, string(f.feed), args)
}

// calm clears a warning of this feed.
func (f *feedRun) calm(codes ...nightjar.WarningCode) {
	for _, code := range codes {
		f.c.warn.Clear(code, f.tenant.ID, string(f.feed))
	}
}
