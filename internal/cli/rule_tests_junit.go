package cli

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"strings"
)

// The elements of JUnit's reports that build servers read.
// Source: github.com/testmoapp/junitxml, read 2026-11-22.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr"`
	Line    int           `xml:"line,attr"`
	Failure *junitFailure `xml:"failure"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func writeJUnit(p Process, a ruleTestAnswer) error {
	report := junitSuites{Tests: a.Tests + len(a.Rejected), Failures: a.Failed + len(a.Rejected)}
	// The report is all that a build server reads: what has no tests because it
	// cannot be read has failed.
	for _, f := range a.Rejected {
		report.Suites = append(report.Suites, junitSuite{Name: f.File, Tests: 1, Failures: 1, Cases: []junitCase{{
			Name: "the rule can be read", Class: cmp.Or(f.Rule, f.File), File: f.File, Line: f.Line, Failure: &junitFailure{Message: f.Message, Text: f.Message},
		}}})
	}
	at := map[string]int{}
	for _, r := range a.Results {
		i, ok := at[r.Rule]
		if !ok {
			i = len(report.Suites)
			at[r.Rule], report.Suites = i, append(report.Suites, junitSuite{Name: r.Title})
		}
		s := &report.Suites[i]
		c := junitCase{Name: r.Test, Class: r.Rule, File: r.File, Line: r.Line}
		s.Tests++
		if !r.Passed {
			s.Failures++
			c.Failure = &junitFailure{Message: r.Failures[0], Text: strings.Join(r.Failures, "\n")}
		}
		s.Cases = append(s.Cases, c)
	}
	if _, err := fmt.Fprint(p.Stdout, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(p.Stdout)
	enc.Indent("", "  ")
	if err := enc.Encode(report); err != nil {
		return err
	}
	_, err := fmt.Fprintln(p.Stdout)
	return err
}
