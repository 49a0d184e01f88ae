package api

import "strings"

// base is how people reach the console, for links that lead into it. Without
// public_url it is what the caller's own request went to, which host has
// checked.
func (c *call) base() string {
	if u := c.server.cfg.PublicURL; u != "" {
		return strings.TrimSuffix(u, "/")
	}
	if c.server.cfg.HTTPS || c.r.TLS != nil {
		return "https://" + c.r.Host
	}
	return "http://" + c.r.Host
}
