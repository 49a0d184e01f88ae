package ruleset

import (
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// TestWarning is a health warning that holds in a test.
type TestWarning struct {
	Code                        nightjar.WarningCode
	Source, Title, Text, Remedy string
	Since                       time.Time
}

func readWarnings(m sigma.Entry) ([]TestWarning, error) {
	var out []TestWarning
	for _, n := range m.Value.Content {
		list, err := sigma.Entries(n)
		if err != nil {
			return nil, err
		}
		w := TestWarning{Since: TestStart()}
		for _, e := range list {
			if err := w.read(e); err != nil {
				return nil, err
			}
		}
		if w.Code == "" {
			return nil, sigma.Invalid(n.Line, "a warning needs its code; docs/health.md lists them")
		}
		out = append(out, w)
	}
	return out, nil
}

func (w *TestWarning) read(e sigma.Entry) (err error) {
	switch e.Key {
	case "code":
		var s string
		if s, err = e.Text(); err == nil {
			w.Code, err = knownCode(e.Line, s)
		}
	case "source":
		w.Source, err = e.Text()
	case "title":
		w.Title, err = e.Text()
	case "text":
		w.Text, err = e.Text()
	case "remedy":
		w.Remedy, err = e.Text()
	case "at":
		var offset time.Duration
		offset, err = span(e)
		w.Since = TestStart().Add(offset)
	default:
		err = unknown(e, "a warning", []string{"code", "source", "title", "text", "remedy", "at"})
	}
	return err
}

// knownCode is the code of that name, if there is one.
func knownCode(line int, s string) (nightjar.WarningCode, error) {
	var names []string
	for _, c := range nightjar.WarningCodes() {
		if string(c) == s {
			return c, nil
		}
		names = append(names, string(c))
	}
	return "", sigma.Invalid(line, "there is no warning %q%s", s, meant(s, names))
}
