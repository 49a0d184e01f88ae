package sso

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

const (
	// Life is how long a browser may take at the provider's pages.
	Life = 10 * time.Minute
	// randomBytes is the entropy of everything that only the browser or the
	// provider may know.
	randomBytes = 32
	// maxUsed bounds the memory of answers that were given. Beyond it no more
	// are taken for up to ten minutes: forgetting one would let it be replayed.
	maxUsed = 50_000
)

// attempt is what is remembered of a way to a provider, sealed in the cookie
// of the browser that began it.
type attempt struct {
	ID       string    `json:"id"`
	Provider string    `json:"provider"`
	Purpose  Purpose   `json:"purpose"`
	Redirect string    `json:"redirect"`
	Return   string    `json:"return"`
	Invite   string    `json:"invite,omitempty"`
	Session  string    `json:"session,omitempty"`
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	Began    time.Time `json:"began"`
}

// attempts seals and opens attempts. The key lives as long as the process:
// whoever is on the way when it restarts begins again.
type attempts struct {
	clock  clock.Clock
	random io.Reader
	aead   cipher.AEAD

	mu   sync.Mutex
	used map[string]time.Time // by id, until when
}

func newAttempts(c clock.Clock, random io.Reader) (*attempts, error) {
	key := make([]byte, randomBytes)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("make the key of attempts: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make the key of attempts: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make the key of attempts: %w", err)
	}
	return &attempts{clock: c, random: random, aead: aead, used: map[string]time.Time{}}, nil
}

func (a *attempts) text() (string, error) {
	b := make([]byte, randomBytes)
	if _, err := io.ReadFull(a.random, b); err != nil {
		return "", fmt.Errorf("make a random value: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// begin makes an attempt with all that is random in it.
func (a *attempts) begin(provider string, w Want) (attempt, error) {
	out := attempt{
		Provider: provider, Purpose: w.Purpose, Redirect: w.Redirect, Return: w.Return, Invite: w.Invite.Reveal(), Session: w.Session,
		Began: a.clock.Now().Truncate(time.Second),
	}
	for _, p := range []*string{&out.ID, &out.State, &out.Nonce, &out.Verifier} {
		var err error
		if *p, err = a.text(); err != nil {
			return out, err
		}
	}
	// The state names its attempt, so that an answer finds its cookie.
	out.ID = out.ID[:16]
	out.State = out.ID + "." + out.State
	return out, nil
}

func (a *attempts) seal(at attempt) (secret.Value, error) {
	plain, err := json.Marshal(at)
	if err != nil {
		return secret.Value{}, fmt.Errorf("encode an attempt: %w", err)
	}
	nonce := make([]byte, a.aead.NonceSize())
	if _, err := io.ReadFull(a.random, nonce); err != nil {
		return secret.Value{}, fmt.Errorf("seal an attempt: %w", err)
	}
	return secret.New(base64.RawURLEncoding.EncodeToString(a.aead.Seal(nonce, nonce, plain, []byte(at.ID)))), nil
}

func (a *attempts) unseal(id string, sealed secret.Value) (at attempt, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(sealed.Reveal())
	n := a.aead.NonceSize()
	if err != nil || len(b) < n {
		return at, false
	}
	plain, err := a.aead.Open(nil, b[:n], b[n:], []byte(id))
	if err != nil || json.Unmarshal(plain, &at) != nil {
		return at, false
	}
	return at, true
}

// open finds the attempt of an answer in the browser's cookie, and uses it up.
func (a *attempts) open(provider string, answer url.Values, browser secret.Value) (attempt, error) {
	at, ok := a.unseal(AttemptID(answer), browser)
	switch {
	case !ok:
		return attempt{}, foreign("this browser has no such attempt open")
	case subtle.ConstantTimeCompare([]byte(at.State), []byte(answer.Get("state"))) != 1:
		return attempt{}, foreign("the state is another")
	case at.Provider != provider:
		// Each provider has an address of its own to send people back to, so
		// that none can be taken for another (RFC 9700 section 4.4).
		return attempt{}, foreign("it came back by another provider's address")
	case a.clock.Since(at.Began) >= Life:
		return at, refused(nightjar.CodeConflict, ReasonExpired, "", "this sign-in is older than ten minutes", "begin again")
	}
	return at, a.use(at)
}

func (a *attempts) use(at attempt) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock.Now()
	if until, again := a.used[at.ID]; again && now.Before(until) {
		return foreign("it was answered before")
	}
	if len(a.used) >= maxUsed {
		for id, until := range a.used {
			if !now.Before(until) {
				delete(a.used, id)
			}
		}
		if len(a.used) >= maxUsed {
			return &nightjar.Error{Code: nightjar.CodeThrottled, Message: "too many people sign in at once", Hint: "try again in a few minutes"}
		}
	}
	a.used[at.ID] = at.Began.Add(Life)
	return nil
}

// AttemptID is the attempt that an answer says it belongs to. It names the
// cookie, and proves nothing.
func AttemptID(answer url.Values) string {
	id, _, _ := strings.Cut(answer.Get("state"), ".")
	return id
}

// challenge is what the provider learns of the verifier (PKCE, S256).
func (at attempt) challenge() string {
	sum := sha256.Sum256([]byte(at.Verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
