package access

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // HMAC-SHA-1 is what RFC 6238 and every authenticator speak; collisions do not matter in an HMAC
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"time"

	"github.com/nightjar-sec/nightjar/internal/secret"
)

// Time-based one-time passwords, RFC 6238 (https://www.rfc-editor.org/rfc/rfc6238,
// read 2026-11-22), with the parameters that every authenticator supports.
const (
	totpStep  = 30 * time.Second
	totpBytes = 20 // of the seed: the length of HMAC-SHA-1, as RFC 4226 section 4 recommends
	totpSkew  = 1  // steps that a clock may be off, before or after
)

func base32Text() *base32.Encoding { return base32.StdEncoding.WithPadding(base32.NoPadding) }

// totpCode is the code of one time step.
func totpCode(seed []byte, step int64) string {
	mac := hmac.New(sha1.New, seed)
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	_, _ = mac.Write(counter[:]) // a hash never fails
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1_000_000)
}

// totpMatch returns the step that a code belongs to. Steps up to last are
// spent: each code works once.
func totpMatch(seed []byte, code string, now time.Time, last int64) (step int64, ok bool) {
	at := now.Unix() / int64(totpStep/time.Second)
	for s := at - totpSkew; s <= at+totpSkew; s++ {
		// All are compared, so that the time taken does not say which was near.
		if subtle.ConstantTimeCompare([]byte(totpCode(seed, s)), []byte(code)) == 1 && s > last {
			step, ok = s, true
		}
	}
	return step, ok
}

// totpURI is what an authenticator reads from the QR code
// (https://github.com/google/google-authenticator/wiki/Key-Uri-Format, read 2026-11-22).
func totpURI(seed []byte, name string) secret.Value {
	q := url.Values{"secret": {base32Text().EncodeToString(seed)}, "issuer": {"Nightjar"}}
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/Nightjar:" + name, RawQuery: q.Encode()}
	return secret.New(u.String())
}
