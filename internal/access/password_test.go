package access

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

func TestS10PasswordsThatCanBeGuessedAreRefused(t *testing.T) {
	t.Parallel()
	k, own := knowing(), []Grant{{Role: RoleViewer, Tenant: contoso}}
	for _, p := range []string{
		"", "short", "elevenchars", "aaaaaaaaaaaaaaaa", "abababababababab", "abcdefghijklmnop", "123456789012345", "qwertyuiopasdfgh", "zyxwvutsrqponmlkj",
		"password1234", "Password2024!", "P@ssw0rd!!2026", "p4$$w0rd-2026", "passwordpassword", "dragondragon12", "administrator", "Administrator1!", "1qaz2wsx3edc",
		"motherfucker", "football!!!!!!", "!!football2025", "sonyericsson", "f00tb4ll2026!!",
		"nightjar2026!", "N1ghtjar-2026", "ada.lovelace1", "AdaLovelace1815"[:12] + "1", "contoso ltd 26",
		"ｐａｓｓｗｏｒｄ１２３４", // the same word in full-width letters
		strings.Repeat("correct horse ", 30),
	} {
		err := k.checkPassword(t.Context(), secret.New(p), "ada.lovelace@fabrikam.com", own)
		if nightjar.CodeOf(err) != nightjar.CodeInvalid {
			t.Errorf("%q is let through: %v", p, err)
		}
		if err != nil && len(p) > 8 && strings.Contains(err.Error()+nightjar.HintOf(err), p) {
			t.Errorf("the error shows the password: %v", err)
		}
	}
	for _, p := range []string{
		password, "correct horse battery staple", "Tr0ub4dor&3-xyzzy", "uV7#kQp2!mZ9", "ich mag keinen Spinat", "ada sings in the night", "犬猫鳥魚馬牛羊豚鼠虎兎龍蛇猿",
		"monkeys eat contoso bananas", "7391 paper lantern",
	} {
		if err := k.checkPassword(t.Context(), secret.New(p), "ada.lovelace@fabrikam.com", own); err != nil {
			t.Errorf("%q is refused: %v", p, err)
		}
	}
}

// knowing is a keeper where two tenants are connected.
func knowing() *Keeper {
	return &Keeper{words: func(_ context.Context, may func(nightjar.TenantID) bool) []string {
		var out []string
		for id, name := range map[nightjar.TenantID]string{contoso: "Contoso Ltd", fabrikam: "Woodgrove Bank"} {
			if may(id) {
				out = append(out, name)
			}
		}
		return out
	}}
}

// Whoever may choose a password must not learn from refusals which tenants
// there are, beyond those that he is to see.
func TestS10PasswordsTellNothingOfForeignTenants(t *testing.T) {
	t.Parallel()
	k, guess := knowing(), secret.New("Woodgrove Bank 26")
	for name, c := range map[string]struct {
		grant   Grant
		refused bool
	}{
		"of another tenant": {Grant{Role: RoleAdmin, Tenant: contoso}, false},
		"of this tenant":    {Grant{Role: RoleViewer, Tenant: fabrikam}, true},
		"of all tenants":    {Grant{Role: RoleViewer}, true},
	} {
		if err := k.checkPassword(t.Context(), guess, "ada", []Grant{c.grant}); (err != nil) != c.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
	// So it is for those who come by a link, too.
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		b.cfg.Words = k.words
		b.Keeper = b.keeper()
		_, ada := b.admin()
		for tenant, want := range map[nightjar.TenantID]nightjar.Code{contoso: "", fabrikam: nightjar.CodeInvalid} {
			link, err := b.Invite(t.Context(), ada, "eve", []Grant{{Role: RoleViewer, Tenant: tenant}})
			if err != nil {
				t.Fatal(err)
			}
			_, err = b.AcceptInvite(t.Context(), link, guess)
			wantCode(t, err, want)
		}
	})
}

// FuzzBases leaves out the list itself, which takes nothing from outside.
func FuzzBases(f *testing.F) {
	f.Add("password2024!", "ada")
	f.Add("ｐａｓｓ\xff", "")
	f.Fuzz(func(t *testing.T, password, word string) {
		for _, base := range bases(password) {
			if len(base) < minBase {
				t.Errorf("%q", base)
			}
		}
		if around(password, word) && len(word) < minBase {
			t.Errorf("%q is around %q", password, word)
		}
		_, _ = distinct(password), sequential(password)
	})
}

func TestS10PasswordsAreHashedWithArgon2id(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hashInFull()
	encoded, err := b.hasher.hash(t.Context(), secret.New("ﬁsh and ｃhips 2"))
	if err != nil || !strings.HasPrefix(encoded, "$argon2id$v=19$m=47104,t=1,p=1$") {
		t.Fatalf("%q, %v", encoded, err)
	}
	// The same characters in another form are the same password.
	if ok, weak, err := b.hasher.verify(t.Context(), secret.New("fish and chips 2"), encoded); err != nil || !ok || weak {
		t.Errorf("ok %v, weak %v, %v", ok, weak, err)
	}
	for _, other := range []string{"fish and chips 3", "", "Fish and chips 2"} {
		if ok, _, err := b.hasher.verify(t.Context(), secret.New(other), encoded); err != nil || ok {
			t.Errorf("%q: ok %v, %v", other, ok, err)
		}
	}
	for _, damaged := range []string{"x", "$argon2i$v=19$m=47104,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=999999999,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		_, _, err := b.hasher.verify(t.Context(), secret.New("x"), damaged)
		wantCode(t, err, nightjar.CodeCorrupt)
	}
}

func FuzzDecodeHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=47104,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, s string) {
		p, salt, key, err := decodeHash(s)
		if err == nil && (p.memory > maxMemory || p.time > maxTime || len(salt) < 8 || len(key) < 16 || len(key) > 64) {
			t.Errorf("%+v, %d, %d", p, len(salt), len(key))
		}
	})
}
