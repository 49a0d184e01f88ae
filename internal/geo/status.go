package geo

import (
	"time"
)

// File is one data file or list that answers.
type File struct {
	Path    string        `json:"path"` // "" for data inside the binary
	Data    string        `json:"data"` // the publisher's name and month
	Built   time.Time     `json:"built,omitzero"`
	Age     time.Duration `json:"-"`
	AgeDays int           `json:"age_days"`
	Old     bool          `json:"old"`
	Places  bool          `json:"places"`
	Cities  bool          `json:"cities"`
	// Networks says that it names autonomous systems or flags networks.
	Networks bool `json:"networks"`
	// List is the kind that a list of networks states; "" for a data file.
	List Kind `json:"list,omitempty"`
	// Attribution is the sentence that the licence asks to be shown with the
	// data; "" when it asks for none.
	Attribution string `json:"attribution,omitempty"`
	URL         string `json:"url,omitempty"` // what the attribution links to
}

// Status is what an Atlas answers from.
type Status struct {
	Files    []File        `json:"files"` // in the order in which they are asked
	Troubles []FileTrouble `json:"troubles"`
	// Cities says that there is a file with cities; without one the map shows
	// countries at best.
	Cities bool `json:"cities"`
}

// FileTrouble is a file that cannot be used, for people.
type FileTrouble struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

// Status returns the files that answer now.
func (a *Atlas) Status() Status {
	g, now := a.now.Load(), a.cfg.Clock.Now()
	s := Status{Files: []File{}, Troubles: []FileTrouble{}}
	for _, d := range g.databases {
		f := newFile(d.path, d.source, now)
		f.Places, f.Cities, f.Networks = d.holds.Places, d.holds.Cities, d.holds.Networks
		if due, ok := AttributionOf(d.source.Name); ok {
			f.Attribution, f.URL = due.Text, due.URL
		}
		s.Files = append(s.Files, f)
		s.Cities = s.Cities || f.Cities
	}
	for _, l := range g.lists {
		f := newFile(l.path, l.source, now)
		f.List = l.kind
		s.Files = append(s.Files, f)
	}
	for _, t := range g.troubles {
		s.Troubles = append(s.Troubles, FileTrouble{t.File, t.Err.Error()})
	}
	return s
}

func newFile(path string, source Source, now time.Time) File {
	age := source.Age(now)
	return File{
		Path: path, Data: source.String(), Built: source.Built, Age: age, AgeDays: int(age.Hours() / 24), Old: age > OldAfter,
	}
}
