package geo

import (
	"bufio"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// list is a file of prefixes that are of one kind. Its name says which:
// tor.txt, vpn.txt or vpn.example.txt; that of the organization's own networks
// is user.txt.
type list struct {
	path   string
	kind   Kind
	stat   os.FileInfo
	source Source
	set    prefixSet
}

// listKinds are the kinds that a list can state, the first one winning: what
// people say of their own networks outranks what others say of them.
func listKinds() []Kind {
	return []Kind{KindUser, KindADFSProxy, KindTor, KindVPN, KindRelay, KindProxySSE, KindSatellite, KindHosting, KindAzureTenant}
}

// listBytes bounds a list; the largest that is known, Apple's relay, has 10 MB.
const listBytes = 64 << 20

// kindOfList reads the kind in a file's name.
func kindOfList(path string) (Kind, bool) {
	name, _, _ := strings.Cut(filepath.Base(path), ".")
	kind := Kind(strings.ToLower(name))
	return kind, slices.Contains(listKinds(), kind)
}

// openList reads a list: an address or prefix at the start of each line, as
// far as a comma or a space; # begins a comment. A comment "source: NAME" or
// "date: 2026-11-01" says what the list is and of when.
func openList(path string) (*list, error) {
	kind, ok := kindOfList(path)
	if !ok {
		return nil, fmt.Errorf("%s: the name is not a kind of network", filepath.Base(path))
	}
	stat, err := os.Stat(path)
	if err != nil {
		return nil, unreadableList(path, err)
	}
	if stat.Size() > listBytes {
		return nil, unreadableList(path, fmt.Errorf("it is larger than %d MB", listBytes>>20))
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadableList(path, err)
	}
	defer file.Close()
	l := &list{path: path, kind: kind, stat: stat, source: Source{Name: filepath.Base(path), Built: stat.ModTime().UTC()}}
	var prefixes []netip.Prefix
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		text, comment, _ := strings.Cut(lines.Text(), "#")
		l.remark(comment)
		text = strings.TrimSpace(text)
		if i := strings.IndexAny(text, ", \t;"); i >= 0 {
			text = text[:i]
		}
		if text == "" {
			continue
		}
		prefix, err := parsePrefix(text)
		if err != nil {
			return nil, unreadableList(path, fmt.Errorf("line %d: %q is neither an address nor a prefix", n, text))
		}
		prefixes = append(prefixes, prefix)
	}
	if err := lines.Err(); err != nil {
		return nil, unreadableList(path, err)
	}
	l.set = newPrefixSet(prefixes)
	return l, nil
}

func unreadableList(path string, err error) error {
	return &nightjar.Error{
		Code: nightjar.CodeCorrupt, Message: fmt.Sprintf("the list of networks in %s cannot be used", path),
		Hint: "one address or prefix a line, e.g. 192.0.2.0/24; # begins a comment", Err: err,
	}
}

// remark reads what a comment says of the list.
func (l *list) remark(comment string) {
	key, value, ok := strings.Cut(comment, ":")
	if value = strings.TrimSpace(value); !ok || value == "" {
		return
	}
	switch strings.ToLower(strings.TrimSpace(key)) {
	case "source":
		l.source.Name = value
	case "date":
		if day, err := time.Parse(time.DateOnly, value); err == nil {
			l.source.Built = day
		}
	}
}

// parsePrefix reads an address or a prefix, without a zone and unmapped.
func parsePrefix(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Prefix{}, err
		}
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(a.Unmap(), p.Bits()-96), nil
	}
	return p, nil
}

// reason says which list says so.
func (l *list) reason() string {
	if l.kind == KindUser {
		return "one of your own networks, by " + l.source.String()
	}
	return "listed in " + l.source.String()
}
