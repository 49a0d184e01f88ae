package app

import (
	"crypto/tls"
	"net"
	"os"
	"sync"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// secured wraps the listener in TLS when a certificate is configured.
func (a *App) secured(l net.Listener) (net.Listener, error) {
	c := a.opt.Config.Console
	if c.CertFile == "" {
		return l, nil
	}
	k := &keyPair{cert: c.CertFile, key: c.KeyFile}
	if _, err := k.current(nil); err != nil {
		return nil, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: "the certificate of tls.cert_file cannot be used", Hint: "it and tls.key_file must be PEM and belong together", Err: err,
		}
	}
	return tls.NewListener(l, &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, GetCertificate: k.current}), nil
}

// keyPair reads a certificate anew when its file changes, so that renewing it
// needs no restart. A file that is half-written leaves the old one in place.
type keyPair struct {
	cert, key string

	mu     sync.Mutex
	loaded *tls.Certificate
	at     time.Time // modification time of the certificate that is loaded
}

func (k *keyPair) current(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	info, err := os.Stat(k.cert)
	if err == nil && k.loaded != nil && info.ModTime().Equal(k.at) {
		return k.loaded, nil
	}
	if err == nil {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(k.cert, k.key); err == nil {
			k.loaded, k.at = &pair, info.ModTime()
		}
	}
	if k.loaded != nil {
		return k.loaded, nil
	}
	return nil, err
}
