package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/nightjar-sec/nightjar"
)

// tokenFile reads a token filter file block by block.
type tokenFile struct {
	r      io.ReaderAt
	groups []tokenGroup
	base   int64 // where the first block begins
}

func corruptTokens(format string, args ...any) error {
	return &nightjar.Error{
		Code: nightjar.CodeCorrupt, Message: "token filter: " + fmt.Sprintf(format, args...),
		Hint: "run `nightjar journal verify`",
	}
}

// openTokens reads the header and checks that the sizes in it add up to size.
func openTokens(r io.ReaderAt, size int64) (*tokenFile, error) {
	var head [tokenHeadSize]byte
	if _, err := r.ReadAt(head[:], 0); err != nil {
		return nil, corruptTokens("the header is cut short")
	}
	if string(head[:4]) != tokenMagic {
		return nil, corruptTokens("not a token filter file")
	}
	if v := binary.LittleEndian.Uint16(head[4:]); v != tokenVersion {
		return nil, corruptTokens("version %d is not known", v)
	}
	if k := binary.LittleEndian.Uint16(head[6:]); k != tokenBits {
		return nil, corruptTokens("%d bits a token, want %d", k, tokenBits)
	}
	n := int64(binary.LittleEndian.Uint32(head[8:]))
	if n > (size-tokenHeadSize)/tokenGroupSize {
		return nil, corruptTokens("%d row groups do not fit into %d bytes", n, size)
	}
	table := make([]byte, n*tokenGroupSize)
	if _, err := r.ReadAt(table, tokenHeadSize); err != nil && n > 0 {
		return nil, corruptTokens("the header is cut short")
	}
	f := &tokenFile{r: r, groups: make([]tokenGroup, n), base: roundUp(tokenHeadSize+n*tokenGroupSize, bloomBlock)}
	end := f.base
	for i := range f.groups {
		g := tokenGroup{
			rows:   binary.LittleEndian.Uint32(table[i*tokenGroupSize:]),
			blocks: binary.LittleEndian.Uint32(table[i*tokenGroupSize+4:]),
		}
		if g.blocks == 0 {
			return nil, corruptTokens("row group %d has no filter", i)
		}
		f.groups[i] = g
		end += int64(g.blocks) * bloomBlock
	}
	if end != size {
		return nil, corruptTokens("%d bytes, want %d", size, end)
	}
	return f, nil
}

func roundUp(n, to int64) int64 { return (n + to - 1) / to * to }

// matching returns the row groups in which all the needs may be met.
func (f *tokenFile) matching(needs []hashedNeed) ([]int, error) {
	var out []int
	at := f.base
	for i, g := range f.groups {
		all := true
		for _, n := range needs {
			met, err := f.met(at, g, n)
			if err != nil {
				return nil, err
			}
			if !met {
				all = false
				break
			}
		}
		if all {
			out = append(out, i)
		}
		at += int64(g.blocks) * bloomBlock
	}
	return out, nil
}

// met says whether a group, whose filter begins at base, may hold all words of
// one of the alternatives.
func (f *tokenFile) met(base int64, g tokenGroup, need hashedNeed) (bool, error) {
	var block [bloomBlock]byte
	for _, words := range need {
		all := true
		for _, h := range words {
			off := base + int64(blockOf(h, g.blocks))*bloomBlock
			if _, err := f.r.ReadAt(block[:], off); err != nil && !errors.Is(err, io.EOF) {
				return false, fmt.Errorf("read token filter: %w", err)
			}
			if !hasBits(block[:], h, tokenBits) {
				all = false
				break
			}
		}
		if all {
			return true, nil
		}
	}
	return false, nil
}

// TokenNeed is a condition on the words of raw: an event meets it when it has
// all words of one of the alternatives. A string with separators in it counts
// as the words it consists of.
type TokenNeed [][]string

// hashedNeed is a TokenNeed as the filters know it.
type hashedNeed [][]uint64

func (n TokenNeed) hashed() hashedNeed {
	out := make(hashedNeed, len(n))
	for i, words := range n {
		for _, s := range words {
			for _, t := range Tokens(s) {
				out[i] = append(out[i], hashToken([]byte(t), 0, len(t)))
			}
		}
	}
	return out
}

// TokenGroups returns the row groups of a segment that may hold an event which
// meets all needs, and the rows of every row group of the segment. A group that
// is absent holds none.
func (j *Journal) TokenGroups(seg nightjar.Segment, needs []TokenNeed) (groups, rows []int, err error) {
	hashed := make([]hashedNeed, len(needs))
	for i, n := range needs {
		hashed[i] = n.hashed()
	}
	file, err := os.Open(j.abs(seg.TokenPath))
	if err != nil {
		return nil, nil, fmt.Errorf("open token filter of segment %d: %w", seg.ID, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("open token filter of segment %d: %w", seg.ID, err)
	}
	f, err := openTokens(file, info.Size())
	if err != nil {
		return nil, nil, fmt.Errorf("segment %d: %w", seg.ID, err)
	}
	rows = make([]int, len(f.groups))
	for i, g := range f.groups {
		rows[i] = int(g.rows)
	}
	groups, err = f.matching(hashed)
	return groups, rows, err
}
