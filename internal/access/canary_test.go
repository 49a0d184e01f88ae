package access

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/audit"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// TestNoSecretIsWritten goes through everything that handles a secret, well
// and badly, and looks for each secret in the log, the errors, what is
// returned, the audit log and all files of the data directory.
func TestNoSecretIsWritten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	secrets := map[string]string{"password": password, "new password": "another plover 77"}
	var said bytes.Buffer // errors and values, as careless code would print them
	keep := func(what string, v secret.Value) { secrets[what] = v.Reveal() }
	say := func(v ...any) {
		for _, x := range v {
			fmt.Fprintf(&said, "%v %+v %#v\n", x, x, x)
			if j, err := json.Marshal(x); err == nil {
				said.Write(j)
			}
			if err, ok := x.(error); ok {
				said.WriteString(nightjar.HintOf(err))
			}
		}
	}
	boot, err := b.Bootstrap(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	keep("setup token", boot)
	_, err = b.Setup(t.Context(), boot, "ada", secret.New("another plover 77"[:11]))
	say(err)
	e, err := b.Setup(t.Context(), boot, "ada", secret.New(password))
	if err != nil {
		t.Fatal(err)
	}
	keep("seed", e.Secret)
	keep("otpauth URI", e.URI)
	seed, err := base32Text().DecodeString(e.Secret.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	secrets["seed in bytes"] = string(seed)
	for i, c := range e.Recovery {
		keep(fmt.Sprint("recovery code ", i), c)
	}
	secrets["enrolment"] = e.ID
	token, ada := b.confirm(e)
	e.ID = "" // it is a plain string, because the browser hands it back
	say(e, token, ada)
	keep("session token", token)
	link, err := b.Invite(t.Context(), ada, "bob", []Grant{{Role: RoleViewer}})
	if err != nil {
		t.Fatal(err)
	}
	keep("invitation", link)
	bearer, info, err := b.CreateToken(t.Context(), ada, TokenSpec{Name: "x", Scopes: []Permission{PermEventRead}, Expires: b.clock.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	keep("API token", bearer)
	say(bearer, info)
	challenge, err := b.Login(t.Context(), "ada", secret.New(password), home())
	if err != nil {
		t.Fatal(err)
	}
	secrets["challenge"] = challenge
	_, err = b.Login(t.Context(), password, secret.New(password), home()) // typed into the wrong field
	say(err)
	_, err = b.Login(t.Context(), "ada", secret.New("another plover 77"), home())
	say(err)
	_, _, err = b.Verify(t.Context(), challenge, e.Recovery[0].Reveal()+"x", home())
	say(err)
	say(b.StepUp(t.Context(), ada, "000000"), b.ChangePassword(t.Context(), ada, secret.New(password), secret.New("another plover 77")))
	_, err = b.Token(t.Context(), secret.New(bearer.Reveal()+"x"))
	say(err)
	_, err = b.Session(t.Context(), secret.New(token.Reveal()+"x"))
	say(err)

	asked, browser, err := b.BeginPasskeyLogin(t.Context(), here(), secret.Value{})
	if err != nil {
		t.Fatal(err)
	}
	keep("browser of a passkey", browser)
	var options struct{ Challenge string }
	if err := json.Unmarshal(asked, &options); err != nil || len(options.Challenge) < 43 {
		t.Fatal(options, err)
	}
	secrets["challenge of a passkey"] = options.Challenge
	byKey, err := b.AcceptInviteByPasskey(t.Context(), here(), link)
	if err != nil {
		t.Fatal(err)
	}
	secrets["enrolment by passkey"] = byKey.ID
	keep("recovery code beside a passkey", byKey.Recovery[0])
	byKey.ID, byKey.Options = "", nil // the browser hands them back
	say(byKey)

	look := func(where string, data []byte) {
		for what, text := range secrets {
			for form, s := range map[string]string{"plain": text, "base64": base64.StdEncoding.EncodeToString([]byte(text)), "hex": hex.EncodeToString([]byte(text))} {
				if bytes.Contains(data, []byte(s)) {
					t.Errorf("%s holds the %s (%s)", where, what, form)
				}
			}
		}
	}
	look("the log", []byte(b.log.String()))
	look("what was said", said.Bytes())
	list, err := b.trail.List(t.Context(), audit.Filter{})
	if err != nil || len(list) < 8 {
		t.Fatal(list, err)
	}
	entries, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	look("the audit log", entries)
	files := 0
	err = filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		files++
		look(filepath.Base(path), data)
		return err
	})
	if err != nil || files < 3 {
		t.Error(errors.Join(err, fmt.Errorf("%d files were looked at", files)))
	}
}
