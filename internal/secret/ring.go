package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

// keySize selects AES-256.
const keySize = 32

// kek is a key-encryption key: it wraps the data keys of tenants.
type kek struct {
	id  string
	key []byte
}

// ring is the content of a key file; the first key is the current one.
type ring []kek

func newRing(keys [][]byte) (ring, error) {
	var r ring
	for _, k := range keys {
		if len(k) != keySize {
			return nil, fmt.Errorf("a key has %d bytes in place of %d", len(k), keySize)
		}
		r = append(r, kek{id: kekID(k), key: k})
	}
	return r, nil
}

// kekID names a key without telling anything about it: a hash of 256 random
// bits cannot be inverted, and the prefix keeps it apart from other uses.
func kekID(key []byte) string {
	sum := sha256.Sum256(append([]byte("nightjar kek id\x00"), key...))
	return hex.EncodeToString(sum[:8])
}

func (r ring) current() kek { return r[0] }

func (r ring) find(id string) (kek, bool) {
	for _, k := range r {
		if k.id == id {
			return k, true
		}
	}
	return kek{}, false
}

func (r ring) ids() []string {
	ids := make([]string, len(r))
	for i, k := range r {
		ids[i] = k.id
	}
	return ids
}

// seal encrypts with AES-256-GCM under a random nonce and returns the base64
// of nonce and ciphertext. A data key seals a handful of values in its life,
// far from the 2^32 where random nonces become a concern.
func seal(key, plain, aad []byte) (string, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails: crypto/rand ends the process instead
	return base64.StdEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, aad)), nil
}

func unseal(key []byte, sealed string, aad []byte) ([]byte, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	b, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(b) < aead.NonceSize() {
		return nil, errors.New("the ciphertext is damaged")
	}
	return aead.Open(nil, b[:aead.NonceSize()], b[aead.NonceSize():], aad)
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// additional joins what a ciphertext is bound to. Each part carries its
// length, so that no two lists of parts give the same bytes.
func additional(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return b
}
