package access

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/nightjar-sec/nightjar/internal/secret"
)

// tokenBytes is the length of everything random that proves something: 256 bits.
const tokenBytes = 32

func (k *Keeper) bytes(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(k.random, b); err != nil {
		return nil, fmt.Errorf("read randomness: %w", err)
	}
	return b, nil
}

// newToken makes a token and the hash under which it is found again.
func (k *Keeper) newToken() (token secret.Value, hash string, err error) {
	b, err := k.bytes(tokenBytes)
	if err != nil {
		return token, "", err
	}
	token = secret.New(base64.RawURLEncoding.EncodeToString(b))
	return token, hashOf(token.Reveal()), nil
}

// newID makes an identifier that proves nothing and may be shown.
func (k *Keeper) newID() (string, error) {
	b, err := k.bytes(12)
	return hex.EncodeToString(b), err
}

// hashOf is how a random token is kept. A plain hash is enough, because 256
// random bits cannot be guessed; and since it is found by an index on the
// hash, how long the search takes says nothing of the token.
func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
