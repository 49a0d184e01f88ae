package sso

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/secret"
)

// FuzzLocal looks for an address that is taken for a path of the console, and
// that a browser would follow elsewhere.
func FuzzLocal(f *testing.F) {
	for _, s := range []string{"/", "/search?words=x#y", "//evil", `/\evil`, "/\tevil", "https://evil", "/%2f%2fevil", "/a?b=//c", "/..//evil", "/;//evil"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !Local(s) {
			return
		}
		// As browsers do it: tabs and line ends go, \ is /.
		seen := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(s)
		if strings.HasPrefix(seen, "//") {
			t.Fatalf("%q leads to another host", s)
		}
		base, err := url.Parse("https://nightjar.example")
		if err != nil {
			t.Fatal(err)
		}
		to, err := base.Parse(s)
		if err != nil || to.Host != base.Host || to.Scheme != base.Scheme {
			t.Fatalf("%q leads to %v, %v", s, to, err)
		}
		// The header that leads there is one line.
		h := http.Header{}
		h.Set("Location", s)
		if strings.ContainsAny(s, "\r\n") {
			t.Fatalf("%q breaks the header", s)
		}
	})
}

// FuzzKeys reads sets of keys that a provider might send.
func FuzzKeys(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"RSA","use":"enc","n":"AQ","e":"AQAB"}, 1, null]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		known, err := parseKeys(b)
		if err != nil {
			return
		}
		for _, list := range known {
			for _, k := range list {
				if !k.IsPublic() || !k.Valid() || k.Use != "" && k.Use != "sig" {
					t.Fatalf("a key that cannot be used is kept: %+v", k)
				}
			}
		}
	})
}

// FuzzCookie opens cookies that nobody sealed.
func FuzzCookie(f *testing.F) {
	s, err := New(Config{})
	if err != nil {
		f.Fatal(err)
	}
	at, err := s.attempts.begin("contoso", Want{Purpose: PurposeLogin, Return: "/"})
	if err != nil {
		f.Fatal(err)
	}
	good, err := s.attempts.seal(at)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(at.ID, good.Reveal()[:40])
	f.Add("", "")
	f.Fuzz(func(t *testing.T, id, sealed string) {
		if _, ok := s.attempts.unseal(id, secret.New(sealed)); ok && (sealed != good.Reveal() || id != at.ID) {
			t.Fatalf("%q opened", sealed)
		}
	})
}

func TestSymmetricAndUnsignedTokensHaveNoAlgorithm(t *testing.T) {
	t.Parallel()
	for _, says := range [][]string{{"none"}, {"HS256"}, {"HS256", "none"}, nil} {
		if got := algorithms(says); len(got) != 1 || got[0] != "RS256" {
			t.Errorf("of %q it takes %q", says, got)
		}
	}
	if got := algorithms([]string{"ES256", "HS256", "RS256"}); len(got) != 2 {
		t.Errorf("takes %q", got)
	}
}
