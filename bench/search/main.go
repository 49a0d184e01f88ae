// Command search measures how long the console's search screen waits, over the
// API as the console uses it: first rows, then the histogram and the field rail.
//
//	go run ./bench/search -events 1000000
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/query"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "query-worker" {
		if err := query.WorkerMain(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	var o options
	flag.IntVar(&o.events, "events", 1_000_000, "events of the journal, of four tenants and ten days")
	flag.StringVar(&o.dir, "dir", "", "folder of the journal, kept and used again; empty means one that goes away")
	flag.IntVar(&o.runs, "runs", 7, "warm runs of each question")
	flag.BoolVar(&o.baseline, "baseline", true, "ask plain SQL LIKE too")
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type options struct {
	events, runs int
	dir          string
	baseline     bool
}

func run(ctx context.Context, o options) error {
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "nightjar-bench-")
		if err != nil {
			return fmt.Errorf("make a folder: %w", err)
		}
		defer os.RemoveAll(dir)
		o.dir = dir
	}
	db, err := catalog.Open(ctx, catalog.Config{Path: filepath.Join(o.dir, catalog.FileName)})
	if err != nil {
		return fmt.Errorf("open the catalog: %w", err)
	}
	defer db.Close()
	j, err := journal.New(journal.Config{Dir: filepath.Join(o.dir, "journal"), Catalog: db})
	if err != nil {
		return fmt.Errorf("open the journal: %w", err)
	}
	tenants, err := fill(ctx, j, o.events)
	if err != nil {
		return err
	}
	questions, err := ask(tenants)
	if err != nil {
		return err
	}
	s, err := serve(ctx, o.dir, db, j, tenants)
	if err != nil {
		return err
	}
	defer s.close()
	for i := range questions {
		if err := s.measure(ctx, &questions[i], o); err != nil {
			return fmt.Errorf("%s: %w", questions[i].name, err)
		}
	}
	fmt.Printf("\n%d events of %d tenants over %d days, %s, %d CPUs\n\n", o.events, len(tenants), days, time.Now().Format(time.DateOnly), runtime.NumCPU())
	report(questions)
	return s.types(ctx, questions)
}
