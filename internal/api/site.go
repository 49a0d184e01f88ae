package api

import (
	"net"
	"net/http"

	"github.com/nightjar-sec/nightjar/internal/access"
)

// site is where people use passkeys: public_url, or localhost at the port that
// this process listens on. The request's own Host has no say: a program at
// another port of this machine could send one, and pass the answers on.
func (c *call) site() access.Site {
	if u := c.server.cfg.PublicURL; u != "" {
		return access.SiteAt(u)
	}
	scheme := "http"
	if c.server.cfg.HTTPS || c.r.TLS != nil {
		scheme = "https"
	}
	host := "localhost"
	if local, ok := c.ctx.Value(http.LocalAddrContextKey).(net.Addr); ok {
		if _, port, err := net.SplitHostPort(local.String()); err == nil {
			host = net.JoinHostPort(host, port)
		}
	}
	return access.SiteAt(scheme + "://" + host)
}

type siteBody struct {
	Origin  string             `json:"origin"`
	Trouble access.SiteTrouble `json:"trouble,omitempty"`
}

func (c *call) passkeySite() siteBody {
	s := c.site()
	return siteBody{Origin: s.Origin, Trouble: s.Trouble}
}
