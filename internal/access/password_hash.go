package access

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// parameters of argon2id. They are stored with each hash, so that they can
// grow: a password that was hashed with less is hashed anew when its owner
// signs in.
type parameters struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

// current is OWASP's first choice: 46 MiB, one pass, one lane
// (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html, read 2026-11-22).
func current() parameters { return parameters{memory: 46 << 10, time: 1, threads: 1} }

// Bounds on parameters that are read from the catalog: whoever can write there
// must not be able to make a sign-in take all memory.
const (
	maxMemory = 1 << 20 // KiB
	maxTime   = 16
)

// parallel is how many hashes are computed at once. Each takes 46 MiB and a
// core for about 80 ms, so that more would let strangers slow everything else.
const parallel = 2

// maxWaiting is how many may wait for their turn; more are told to come back.
const maxWaiting = 64

const (
	saltBytes = 16
	keyBytes  = 32
)

// hasher hashes passwords, at most two at once.
type hasher struct {
	random  io.Reader
	slots   chan struct{}
	waiting atomic.Int64
	params  parameters // of new hashes
	decoy   string     // a hash of nothing that anybody knows
}

// newHasher returns a hasher that takes so much memory, in KiB, for a password;
// 0 means what is current.
func newHasher(random io.Reader, memory uint32) (*hasher, error) {
	h := &hasher{random: random, params: current(), slots: make(chan struct{}, parallel)}
	h.params.memory = cmp.Or(memory, h.params.memory)
	// Its key is random, not computed: no password fits, and starting costs nothing.
	b := make([]byte, saltBytes+keyBytes)
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, fmt.Errorf("read randomness: %w", err)
	}
	h.decoy = encodeHash(h.params, b[:saltBytes], b[saltBytes:])
	return h, nil
}

// hash returns the password in PHC form.
func (h *hasher) hash(ctx context.Context, password secret.Value) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", fmt.Errorf("read randomness: %w", err)
	}
	key, err := h.key(ctx, password, salt, h.params, keyBytes)
	if err != nil {
		return "", err
	}
	return encodeHash(h.params, salt, key), nil
}

// verify reports whether the password fits a hash, and whether the hash is
// weaker than today's. With "" it does the same work against a decoy, so that
// an unknown name takes as long as a known one.
func (h *hasher) verify(ctx context.Context, password secret.Value, encoded string) (ok, weak bool, err error) {
	if encoded == "" {
		encoded = h.decoy
	}
	p, salt, want, err := decodeHash(encoded)
	if err != nil {
		return false, false, err
	}
	got, err := h.key(ctx, password, salt, p, uint32(len(want)))
	if err != nil {
		return false, false, err
	}
	weak = p.memory < h.params.memory || p.time < h.params.time || len(want) < keyBytes
	return subtle.ConstantTimeCompare(got, want) == 1, weak, nil
}

func (h *hasher) key(ctx context.Context, password secret.Value, salt []byte, p parameters, length uint32) ([]byte, error) {
	if h.waiting.Add(1) > maxWaiting {
		h.waiting.Add(-1)
		return nil, throttled(retryBusy, "too many sign-ins are being checked at once")
	}
	defer h.waiting.Add(-1)
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { <-h.slots }()
	// The same password typed on two keyboards may come in different code points.
	return argon2.IDKey(norm.NFKC.Bytes([]byte(password.Reveal())), salt, p.time, p.memory, p.threads, length), nil
}

// encodeHash writes the PHC form: $argon2id$v=19$m=…,t=…,p=…$salt$key.
func encodeHash(p parameters, salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.time, p.threads, b64.EncodeToString(salt), b64.EncodeToString(key))
}

func decodeHash(s string) (p parameters, salt, key []byte, err error) {
	damaged := &nightjar.Error{Code: nightjar.CodeCorrupt, Message: "a stored password hash cannot be read", Hint: "give the person a new link: nightjar person reset"}
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return p, nil, nil, damaged
	}
	var version int
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return p, nil, nil, damaged
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads); err != nil {
		return p, nil, nil, damaged
	}
	if p.memory < 8 || p.memory > maxMemory || p.time < 1 || p.time > maxTime || p.threads < 1 {
		return p, nil, nil, damaged
	}
	b64 := base64.RawStdEncoding
	if salt, err = b64.DecodeString(parts[4]); err != nil || len(salt) < 8 {
		return p, nil, nil, damaged
	}
	if key, err = b64.DecodeString(parts[5]); err != nil || len(key) < 16 || len(key) > 64 {
		return p, nil, nil, damaged
	}
	return p, salt, key, nil
}
