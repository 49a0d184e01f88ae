package accesstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"testing"
)

// The flags of authenticator data (https://www.w3.org/TR/webauthn-3/#authdata-flags).
const (
	flagPresent  = 1 << 0
	flagVerified = 1 << 2
	flagAttested = 1 << 6
)

// Device holds passkeys and the browser around them.
type Device struct {
	Origin string // of the page that asks
	// Site is what the browser takes the page's site to be, in place of what
	// was asked for; "" is honest.
	Site string
	// Unverified answers without finger, face or PIN.
	Unverified bool
	// Count is added to the counter with each signature; 0 is a device that
	// does not count.
	Count uint32

	t    testing.TB
	keys []*key
}

type key struct {
	id      []byte
	site    string
	handle  []byte
	private *ecdsa.PrivateKey
	counter uint32
}

// New returns an honest device that counts, on a page of an origin.
func New(t testing.TB, origin string) *Device { return &Device{Origin: origin, Count: 1, t: t} }

// Copy is another device with the same keys, as they are now.
func (d *Device) Copy() *Device {
	c := *d
	c.keys = nil
	for _, k := range d.keys {
		same := *k
		c.keys = append(c.keys, &same)
	}
	return &c
}

type request struct {
	Challenge string
	RPID      string `json:"rpId"`
	RP        struct{ ID string }
	User      struct{ ID string }
	Allow     []descriptor `json:"allowCredentials"`
	Exclude   []descriptor `json:"excludeCredentials"`
	Params    []struct{ Alg int }
	Selection struct {
		ResidentKey      string
		UserVerification string
	} `json:"authenticatorSelection"`
	UserVerification string
}

type descriptor struct{ ID string }

func (d *Device) read(options []byte) request {
	d.t.Helper()
	var r request
	if err := json.Unmarshal(options, &r); err != nil {
		d.t.Fatal(err)
	}
	if r.Challenge == "" {
		d.t.Fatalf("no challenge in %s", options)
	}
	return r
}

// Create answers PublicKeyCredentialCreationOptions with a new passkey. It
// returns nil when the device has one of those that are excluded.
func (d *Device) Create(options []byte) []byte {
	d.t.Helper()
	r := d.read(options)
	if r.Selection.ResidentKey != "required" || r.Selection.UserVerification != "required" {
		d.t.Errorf("a passkey is asked for that names nobody or verifies nobody: %s", options)
	}
	for _, k := range d.keys {
		if slices.Contains(r.Exclude, descriptor{text(k.id)}) {
			return nil
		}
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		d.t.Fatal(err)
	}
	k := &key{id: make([]byte, 16), site: r.RP.ID, handle: d.bytes(r.User.ID), private: private}
	_, _ = rand.Read(k.id) // never fails
	d.keys = append(d.keys, k)

	point, err := private.PublicKey.Bytes() // 4, then x and y
	if err != nil {
		d.t.Fatal(err)
	}
	// COSE_Key: kty EC2, alg ES256, crv P-256, x, y (RFC 9053 section 7.1).
	cose := slices.Concat([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 32}, point[1:33], []byte{0x22, 0x58, 32}, point[33:])
	data := d.data(k, flagAttested)
	data = append(data, make([]byte, 16)...) // AAGUID of nobody
	data = binary.BigEndian.AppendUint16(data, uint16(len(k.id)))
	data = slices.Concat(data, k.id, cose)
	attestation := slices.Concat([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59"), binary.BigEndian.AppendUint16(nil, uint16(len(data))), data)
	return d.answer(k, map[string]any{
		"clientDataJSON": text(d.client("webauthn.create", r.Challenge)), "attestationObject": text(attestation), "transports": []string{"internal"},
	})
}

// Get answers PublicKeyCredentialRequestOptions with the newest passkey that
// is asked for. It returns nil when the device has none.
func (d *Device) Get(options []byte) []byte {
	d.t.Helper()
	r := d.read(options)
	if r.UserVerification != "required" {
		d.t.Errorf("nobody need be verified: %s", options)
	}
	for _, k := range slices.Backward(d.keys) {
		if k.site != r.RPID || len(r.Allow) > 0 && !slices.Contains(r.Allow, descriptor{text(k.id)}) {
			continue
		}
		k.counter += d.Count
		data, client := d.data(k, 0), d.client("webauthn.get", r.Challenge)
		hash := sha256.Sum256(client)
		signed := sha256.Sum256(append(slices.Clone(data), hash[:]...))
		signature, err := ecdsa.SignASN1(rand.Reader, k.private, signed[:])
		if err != nil {
			d.t.Fatal(err)
		}
		return d.answer(k, map[string]any{
			"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature), "userHandle": text(k.handle),
		})
	}
	return nil
}

// Keys is how many passkeys the device has.
func (d *Device) Keys() int { return len(d.keys) }

// Impersonate makes the newest passkey say that it is somebody else's.
func (d *Device) Impersonate(handle string) { d.keys[len(d.keys)-1].handle = []byte(handle) }

func (d *Device) data(k *key, flags byte) []byte {
	site := k.site
	if d.Site != "" {
		site = d.Site
	}
	hash := sha256.Sum256([]byte(site))
	flags |= flagPresent
	if !d.Unverified {
		flags |= flagVerified
	}
	return binary.BigEndian.AppendUint32(append(hash[:], flags), k.counter)
}

func (d *Device) client(kind, challenge string) []byte {
	b, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.Origin, "crossOrigin": false})
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

func (d *Device) answer(k *key, response map[string]any) []byte {
	b, err := json.Marshal(map[string]any{
		"id": text(k.id), "rawId": text(k.id), "type": "public-key", "authenticatorAttachment": "platform",
		"clientExtensionResults": map[string]any{}, "response": response,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

func (d *Device) bytes(s string) []byte {
	d.t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
