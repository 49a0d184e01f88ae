package access

import (
	"hash/crc32"
	"math/big"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/secret"
)

// The form of an API token, which scanners for leaked secrets can check
// without asking anybody:
//
//	nj_ + 43 characters of base62: 256 random bits, left-padded with 0
//	    + 6 characters of base62: CRC-32 (IEEE) of the 43 characters, left-padded with 0
//
// The regular expression nj_[0-9A-Za-z]{49} finds candidates; the checksum
// leaves one false find in four billion. It is the form of GitHub's tokens
// (https://github.blog/engineering/behind-githubs-new-authentication-token-formats/, read 2026-11-22).
const (
	bearerPrefix   = "nj_"
	bearerRandom   = 43
	bearerChecksum = 6
	base62         = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

func bearerText(random []byte) secret.Value {
	body := toBase62(new(big.Int).SetBytes(random), bearerRandom)
	return secret.New(bearerPrefix + body + checksum(body))
}

// TokenForm reports whether s has the form of an API token: prefix, length,
// alphabet and checksum. It says nothing of whether the token works.
func TokenForm(s string) bool {
	rest, ok := strings.CutPrefix(s, bearerPrefix)
	if !ok || len(rest) != bearerRandom+bearerChecksum {
		return false
	}
	for i := range len(rest) {
		if strings.IndexByte(base62, rest[i]) < 0 {
			return false
		}
	}
	return checksum(rest[:bearerRandom]) == rest[bearerRandom:]
}

func checksum(body string) string {
	return toBase62(new(big.Int).SetUint64(uint64(crc32.ChecksumIEEE([]byte(body)))), bearerChecksum)
}

func toBase62(n *big.Int, width int) string {
	out := make([]byte, width)
	base, digit := big.NewInt(int64(len(base62))), new(big.Int)
	for i := width - 1; i >= 0; i-- {
		n.DivMod(n, base, digit)
		out[i] = base62[digit.Int64()]
	}
	return string(out)
}
