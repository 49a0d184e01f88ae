package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
)

func main() {
	sources := flag.String("sources", "internal/geo/data/sources.txt", "`file` of pinned inputs")
	out := flag.String("out", "internal/geo/data", "`folder` for what is made")
	cache := flag.String("cache", "", "`folder` that keeps what was fetched; left out, one that goes away")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *sources, *out, *cache, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, sources, out, cache string, log io.Writer) (err error) {
	inputs, err := readSources(sources)
	if err != nil {
		return err
	}
	if cache == "" {
		if cache, err = os.MkdirTemp("", "geo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(cache)) }()
	}
	for _, in := range inputs {
		fmt.Fprintf(log, "%s: fetching %s\n", in.role, in.address)
		archive, err := in.fetch(ctx, cache)
		if err != nil {
			return fmt.Errorf("%s: %w", in.address, err)
		}
		tree, err := newTree(in)
		if err != nil {
			return err
		}
		if err := in.open(archive, tree.add); err != nil {
			return fmt.Errorf("%s: %w", in.address, err)
		}
		to := filepath.Join(out, in.role+".mmdb.zst")
		size, err := tree.write(to)
		if err != nil {
			return err
		}
		fmt.Fprintf(log, "%s: %d networks, %d kB in %s\n", in.role, tree.networks, size>>10, to)
	}
	return nil
}
