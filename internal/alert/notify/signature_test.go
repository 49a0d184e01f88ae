package notify_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// signature is how a receiver checks one: written from the documentation, not
// from the code.
func signature(key, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(timestamp))
	mac.Write([]byte("."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
