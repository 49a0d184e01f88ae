package config

import (
	"net/netip"
	"strings"
	"time"
)

// Notify is how people are told of alerts.
type Notify struct {
	AllowNetworks    string        // networks beside the internet, separated by commas
	RetryFor         time.Duration // how long a message is tried
	CAFile           string        // authorities trusted beside those of the system; "" means none
	HeartbeatURLFile string        // file holding the outside monitor's address; "" means no heartbeat
	HeartbeatEvery   time.Duration
	HeartbeatMethod  string // GET or POST
}

// Networks returns the networks that notifications may be sent to although
// they are not of the internet.
func (n Notify) Networks() ([]netip.Prefix, error) {
	return networks("notify.allow_networks", n.AllowNetworks)
}

func notifyOptions() []Option {
	return []Option{
		{
			Key:  "notify.allow_networks",
			Doc:  "Networks or addresses beside the internet that notifications may be sent to, separated by commas: a mail server or a receiver of your own, e.g. 10.1.2.0/24. Without it, addresses of this machine, of private networks and of cloud metadata are refused.",
			bind: func(c *Config) any { return &c.Notify.AllowNetworks },
			check: func(c *Config) error {
				_, err := c.Notify.Networks()
				return err
			},
		},
		{
			Key: "notify.retry_for", Default: "3d",
			Doc:   "How long a message is tried before it is given up. It is kept then, and can be sent again.",
			bind:  func(c *Config) any { return &c.Notify.RetryFor },
			check: func(c *Config) error { return atLeastDuration("notify.retry_for", c.Notify.RetryFor, time.Minute) },
		},
		{
			Key: "notify.ca_file", Path: true,
			Doc:  "Certificates (PEM) of authorities that receivers of notifications may have theirs from, beside those that the system trusts.",
			bind: func(c *Config) any { return &c.Notify.CAFile },
		},
		{
			Key: "notify.heartbeat_url_file", Path: true,
			Doc:  "File holding the address of an outside monitor that is asked again and again while collection and detection work, and that raises the alarm when it is not. Whoever has the address can pretend that Nightjar lives; mode 0600.",
			bind: func(c *Config) any { return &c.Notify.HeartbeatURLFile },
		},
		{
			Key: "notify.heartbeat_every", Default: "5m",
			Doc:  "Time between two heartbeats.",
			bind: func(c *Config) any { return &c.Notify.HeartbeatEvery },
			check: func(c *Config) error {
				return atLeastDuration("notify.heartbeat_every", c.Notify.HeartbeatEvery, 10*time.Second)
			},
		},
		{
			Key: "notify.heartbeat_method", Default: "GET",
			Doc:  "How the monitor is asked: GET or POST.",
			bind: func(c *Config) any { return &c.Notify.HeartbeatMethod },
			check: func(c *Config) error {
				return oneOf("notify.heartbeat_method", c.Notify.HeartbeatMethod, "GET", "POST")
			},
		},
	}
}

// networks reads networks and single addresses.
func networks(key, list string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, errAddress := netip.ParseAddr(s)
			if errAddress != nil {
				return nil, invalid(key+" has "+quote(s)+", which is no network", "e.g. "+key+": 10.0.0.0/8, 192.0.2.7")
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p.Masked())
	}
	return out, nil
}
