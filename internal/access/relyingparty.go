package access

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	nightjar "github.com/nightjar-sec/nightjar"
)

// holder is somebody with passkeys, as the protocol's library sees people.
// The handle is the person's id: random, and kept by the device.
type holder struct {
	id, name string
	keys     []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return []byte(h.id) }
func (h holder) WebAuthnName() string                       { return h.name }
func (h holder) WebAuthnDisplayName() string                { return h.name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

// relyingParty is Nightjar at a site. A passkey must verify its user, by a
// finger, a face or a PIN: with the device that is two factors. Who made the
// device does not matter, so that no attestation is asked for.
func relyingParty(site Site) (*webauthn.WebAuthn, error) {
	if site.Trouble != "" || site.Name == "" {
		return nil, noPasskeysHere(site)
	}
	resident := true
	rp, err := webauthn.New(&webauthn.Config{
		RPID: site.Name, RPDisplayName: "Nightjar", RPOrigins: []string{site.Origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &resident, ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{
			Login: webauthn.TimeoutConfig{Timeout: challengeLife}, Registration: webauthn.TimeoutConfig{Timeout: challengeLife},
		},
		// Nothing here reads an extension, so one that a client adds of its own
		// accord is no reason to refuse it.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "passkeys cannot be used at " + site.Origin, Hint: "set public_url to the address that people type", Err: err}
	}
	return rp, nil
}

func noPasskeysHere(site Site) error {
	e := &nightjar.Error{
		Code: nightjar.CodeInvalid, Message: "passkeys cannot be used at " + site.Origin + ", which has no name",
		Hint: "set public_url to a name, e.g. https://nightjar.example.com",
	}
	if site.Trouble == SiteInsecure {
		e.Message, e.Hint = "passkeys cannot be used at "+site.Origin+", which is not https", "set public_url to an https address"
	}
	return e
}

// algorithms are those of passkeys in use: ES256 of nearly all, Ed25519 of some
// keys, RS256 of older Windows.
func algorithms() []protocol.CredentialParameter {
	var out []protocol.CredentialParameter
	for _, a := range []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256} {
		out = append(out, protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: a})
	}
	return out
}

// creationOptions are what a browser needs to make a passkey, and the challenge.
func creationOptions(site Site, who holder) (options []byte, challenge string, err error) {
	rp, err := relyingParty(site)
	if err != nil {
		return nil, "", err
	}
	creation, session, err := rp.BeginRegistration(who,
		webauthn.WithCredentialParameters(algorithms()), webauthn.WithExclusions(webauthn.Credentials(who.keys).CredentialDescriptors()))
	if err != nil {
		return nil, "", fmt.Errorf("begin to make a passkey: %w", err)
	}
	options, err = json.Marshal(creation.Response)
	return options, session.Challenge, err
}

// requestOptions are what a browser needs to use a passkey: one of who, or
// with nobody any that it has for the site.
func requestOptions(site Site, who *holder) (options []byte, challenge string, err error) {
	rp, err := relyingParty(site)
	if err != nil {
		return nil, "", err
	}
	begin := func() (*protocol.CredentialAssertion, *webauthn.SessionData, error) {
		return rp.BeginDiscoverableLogin()
	}
	if who != nil {
		begin = func() (*protocol.CredentialAssertion, *webauthn.SessionData, error) { return rp.BeginLogin(*who) }
	}
	assertion, session, err := begin()
	if err != nil {
		return nil, "", fmt.Errorf("begin to ask for a passkey: %w", err)
	}
	options, err = json.Marshal(assertion.Response)
	return options, session.Challenge, err
}

// created checks a browser's answer to creationOptions.
func created(site Site, who holder, answer *protocol.ParsedCredentialCreationData) (passkeyRow, error) {
	rp, err := relyingParty(site)
	if err != nil {
		return passkeyRow{}, err
	}
	c, err := rp.CreateCredential(who, webauthn.SessionData{
		Challenge: answer.Response.CollectedClientData.Challenge, RelyingPartyID: site.Name, UserID: who.WebAuthnID(),
		UserVerification: protocol.VerificationRequired, CredParams: algorithms(),
	}, answer)
	if err != nil {
		return passkeyRow{}, notAPasskey(err)
	}
	transports := make([]string, len(c.Transport))
	for i, t := range c.Transport {
		transports[i] = string(t)
	}
	return passkeyRow{
		Credential: base64.RawURLEncoding.EncodeToString(c.ID), PublicKey: base64.RawURLEncoding.EncodeToString(c.PublicKey),
		Site: site.Name, Flags: int64(c.Flags.ProtocolValue()), Transports: strings.Join(transports, " "), Counter: int64(c.Authenticator.SignCount),
	}, nil
}

// asserted checks a browser's answer to requestOptions, but for the counter.
func asserted(site Site, who holder, answer *protocol.ParsedCredentialAssertionData) error {
	rp, err := relyingParty(site)
	if err != nil {
		return err
	}
	_, err = rp.ValidateLogin(who, webauthn.SessionData{
		Challenge: answer.Response.CollectedClientData.Challenge, RelyingPartyID: site.Name, UserID: who.WebAuthnID(),
		UserVerification: protocol.VerificationRequired,
	}, answer)
	if err != nil {
		return notAPasskey(err)
	}
	return nil
}

// notAPasskey keeps of the library's error what says which check failed: its
// texts name fields and rules, never what the browser sent.
func notAPasskey(err error) error {
	return &nightjar.Error{Code: nightjar.CodeUnauthenticated, Message: "the passkey's answer is not right", Hint: "try again; another device or browser may do", Err: err}
}

// webauthnKey is the passkey as the protocol's library keeps it.
func (r passkeyRow) webauthnKey() (webauthn.Credential, error) {
	id, errID := base64.RawURLEncoding.DecodeString(r.Credential)
	key, errKey := base64.RawURLEncoding.DecodeString(r.PublicKey)
	if errID != nil || errKey != nil {
		return webauthn.Credential{}, &nightjar.Error{Code: nightjar.CodeCorrupt, Message: "a stored passkey cannot be read", Hint: "remove it, and add it again"}
	}
	c := webauthn.Credential{ID: id, PublicKey: key, Flags: webauthn.NewCredentialFlags(protocol.AuthenticatorFlags(r.Flags))}
	for t := range strings.FieldsSeq(r.Transports) {
		c.Transport = append(c.Transport, protocol.AuthenticatorTransport(t))
	}
	return c, nil
}

// holderOf is a person with the passkeys of a site.
func holderOf(id, name string, site Site, rows []passkeyRow) (holder, error) {
	h := holder{id: id, name: name}
	for _, r := range rows {
		if r.Site != site.Name {
			continue
		}
		c, err := r.webauthnKey()
		if err != nil {
			return h, err
		}
		h.keys = append(h.keys, c)
	}
	return h, nil
}
