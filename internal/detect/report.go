package detect

import (
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// lagBound is how long a commit may wait before people are told.
const lagBound = time.Minute

// disorder is a rule that is out of order, as people know it, and why.
type disorder struct{ rule, reason string }

// report says how the stream is: metrics, and warnings.
func (s *Stream) report() {
	behind := s.lag.behind(s.seq, s.wall.Now())
	s.metrics.lag.Set(behind.Seconds())
	if behind > lagBound {
		s.cfg.Warnings.Set(nightjar.WarnDetectionBehind, "", "", map[string]string{"behind": spanWords(behind), "reason": "events come faster than rules are asked of them"})
	} else {
		s.cfg.Warnings.Clear(nightjar.WarnDetectionBehind, "", "")
	}
	failing := map[string]disorder{}
	for _, m := range s.engine.machines {
		if m.failure != nil {
			failing[m.label()] = disorder{s.title(m.label()), m.failure.Error()}
		}
	}
	if w := s.warming; w != nil && w.failure != nil {
		for _, m := range w.engine.machines {
			name := s.title(m.label())
			if slices.ContainsFunc(s.engine.machines, func(o *machine) bool { return o.key == m.key }) {
				name += ", as it was changed,"
			}
			failing[m.label()] = disorder{name, "what happened before cannot be read: " + strings.TrimSuffix(w.failure.Error(), ".")}
		}
	}
	s.metrics.failing.Set(float64(len(failing)))
	for label, d := range failing {
		if !s.told[label] {
			s.told[label] = true
			s.log.Error("a rule is out of order", "rule", label, "error", d.reason)
			s.cfg.Warnings.Set(nightjar.WarnRuleFailing, "", label, map[string]string{"rule": d.rule, "reason": d.reason})
		}
	}
	for label := range s.told {
		if _, still := failing[label]; !still {
			delete(s.told, label)
			s.cfg.Warnings.Clear(nightjar.WarnRuleFailing, "", label)
		}
	}
}

// title is how people know a rule.
func (s *Stream) title(label string) string {
	if info := s.rules.Info(label); info != nil && info.Title != "" {
		return info.Title
	}
	return label
}

// trouble tells people that detection stands still, and why.
func (s *Stream) trouble(err error) {
	reason := strings.TrimSuffix(err.Error(), ".")
	s.cfg.Warnings.Set(nightjar.WarnDetectionBehind, "", "", map[string]string{"behind": spanWords(s.lag.behind(s.seq, s.wall.Now())), "reason": reason})
}

// measure counts what correlations remember. It looks at all of it and is
// asked for with each checkpoint only.
func (s *Stream) measure() {
	s.measuredAt = s.wall.Now()
	var keys, held int
	var late, forgotten int64
	for _, m := range s.engine.machines {
		if m.state == nil {
			continue
		}
		st := m.state.Stats()
		keys, held, late, forgotten = keys+st.Keys, held+st.Held, late+st.Late, forgotten+st.Forgotten
	}
	s.metrics.keys.Set(float64(keys))
	s.metrics.held.Set(float64(held))
	s.metrics.late.Set(float64(late))
	s.metrics.forgotten.Set(float64(forgotten))
}
