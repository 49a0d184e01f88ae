package notify

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// Add keeps a new channel and seals its secrets. Its name, kind, settings,
// PerMinute (0 means 30), OnDoubt and Enabled are the caller's.
func (n *Notifier) Add(ctx context.Context, c Channel, secrets map[string]secret.Value) (Channel, error) {
	k, err := n.kind(c.Kind)
	if err != nil {
		return Channel{}, err
	}
	id := make([]byte, 8)
	if _, err := io.ReadFull(n.random, id); err != nil {
		return Channel{}, fmt.Errorf("make an id: %w", err)
	}
	now := n.now()
	c.ID, c.Created, c.Updated, c.Version = "c-"+hex.EncodeToString(id), now, now, 1
	if c.PerMinute == 0 {
		c.PerMinute = defaultPerMinute
	}
	if c.OnDoubt == "" {
		c.OnDoubt = DoubtSend
	}
	c.Settings = k.filled(c.Settings)
	err = n.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		list, err := channels(ctx, tx)
		if err != nil {
			return err
		}
		if len(list) >= maxChannels {
			return &nightjar.Error{Code: nightjar.CodeLimit, Message: fmt.Sprintf("there are %d channels already", len(list)), Hint: "remove some that nobody needs"}
		}
		if err := n.seal(ctx, tx, k, &c, secrets, nil); err != nil {
			return err
		}
		catalog.AfterCommit(ctx, n.wakeAll)
		return putChannel(ctx, tx, sqlAddChannel, c)
	})
	if err != nil {
		return Channel{}, err
	}
	return c, nil
}

// Change changes a channel; what is not named stays.
func (n *Notifier) Change(ctx context.Context, id string, change ChannelChange) (c Channel, err error) {
	// Secrets are read before the transaction: the vault has connections of its own.
	before, err := channel(ctx, n.db, id)
	if err != nil {
		return Channel{}, err
	}
	k, err := n.kind(before.Kind)
	if err != nil {
		return Channel{}, err
	}
	held, err := n.secrets(ctx, before)
	if err != nil && nightjar.CodeOf(err) != nightjar.CodeNotFound {
		return Channel{}, err
	}
	err = n.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if c, err = channel(ctx, tx, id); err != nil {
			return err
		}
		if c.Version != before.Version {
			return &nightjar.Error{Code: nightjar.CodeConflict, Message: "somebody changed the channel meanwhile", Hint: "look at it, and make your change again"}
		}
		apply(&c, k, change)
		if err := stay(k, before, c, held, change.Secrets); err != nil {
			return err
		}
		c.Updated, c.Version = n.now(), c.Version+1
		if err := n.seal(ctx, tx, k, &c, change.Secrets, held); err != nil {
			return err
		}
		// What failed may go well with what is different.
		if err := exec(ctx, tx, sqlHurry, micros(c.Updated), id, micros(c.Updated)); err != nil {
			return err
		}
		if c.Enabled && !before.Enabled {
			// The time when it was off is none in which it was tried.
			until := micros(c.Updated.Add(n.cfg.RetryFor))
			if err := exec(ctx, tx, sqlRenew, until, id, until); err != nil {
				return err
			}
			if err := exec(ctx, tx, sqlRenewNotices, micros(c.Updated), id); err != nil {
				return err
			}
		}
		catalog.AfterCommit(ctx, n.wakeAll)
		return putChannel(ctx, tx, sqlChangeChannel, c)
	})
	if err != nil {
		return Channel{}, err
	}
	return n.Get(ctx, id)
}

// stay refuses to send secrets elsewhere than where they were given for: who
// may change a channel could otherwise have them sent to himself.
func stay(k Kind, before, after Channel, held, given map[string]secret.Value) error {
	i := slices.IndexFunc(k.Fields, func(f Field) bool {
		if !f.Leads {
			return false
		}
		if !f.Secret {
			return before.Settings[f.Name] != after.Settings[f.Name]
		}
		value, changed := given[f.Name]
		return changed && value.Reveal() != held[f.Name].Reveal()
	})
	if i < 0 {
		return nil
	}
	var missing []string
	for _, name := range before.Secrets {
		// An address that is not given is where it was: it goes nowhere.
		if f, _ := k.field(name); f.Leads {
			continue
		}
		if _, again := given[name]; !again {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return invalid(fmt.Sprintf("%s leads elsewhere, and the secrets of the channel are not sent there unless they are given again", k.Fields[i].Name), "give "+strings.Join(missing, ", ")+" too")
}

func apply(c *Channel, k Kind, change ChannelChange) {
	if change.Name != nil {
		c.Name = *change.Name
	}
	if change.Enabled != nil {
		c.Enabled = *change.Enabled
	}
	if change.PerMinute != nil {
		c.PerMinute = *change.PerMinute
	}
	if change.OnDoubt != nil {
		c.OnDoubt = *change.OnDoubt
	}
	settings := maps.Clone(c.Settings)
	if settings == nil {
		settings = map[string]string{}
	}
	maps.Copy(settings, change.Settings)
	maps.DeleteFunc(settings, func(_, v string) bool { return v == "" })
	c.Settings = k.filled(settings)
}

// seal checks a channel with its secrets, and seals those that are given.
// held are those that are sealed already.
func (n *Notifier) seal(ctx context.Context, tx bun.Tx, k Kind, c *Channel, given, held map[string]secret.Value) error {
	if n.vault == nil {
		return &nightjar.Error{Code: nightjar.CodeInternal, Message: "channels can only be looked at here"}
	}
	all := maps.Clone(held)
	if all == nil {
		all = map[string]secret.Value{}
	}
	for name, value := range given {
		if f, ok := k.field(name); !ok || !f.Secret {
			return invalid(fmt.Sprintf("a channel of the kind %s has no secret %.40q", k.Name, name), "give it among the settings, or leave it out")
		}
		if len(value.Reveal()) > maxSecret {
			return invalid(fmt.Sprintf("the secret %s is longer than %d bytes", name, maxSecret), "give the value alone")
		}
		if all[name] = value; value.IsZero() {
			delete(all, name)
		}
	}
	c.Secrets = slices.Sorted(maps.Keys(all))
	if err := c.check(k); err != nil {
		return err
	}
	sink, err := k.New(Settings{Values: c.Settings, Secrets: all}, n.env)
	if err != nil {
		return err
	}
	c.Destination = sink.Destination()
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if value := given[name]; !value.IsZero() {
			err = n.vault.Seal(ctx, tx, nightjar.Installation, secretName(c.ID, name), value)
		} else {
			err = n.vault.Drop(ctx, tx, nightjar.Installation, secretName(c.ID, name))
		}
		if err != nil {
			return fmt.Errorf("seal a secret of a channel: %w", err)
		}
	}
	return nil
}

// Remove forgets a channel, its secrets and what waits for it, and takes it
// out of the routes. One that is the last of a route which ends the search is
// not removed: the route would take alerts and tell nobody.
func (n *Notifier) Remove(ctx context.Context, id string) (c Channel, err error) {
	err = n.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if c, err = channel(ctx, tx, id); err != nil {
			return err
		}
		for _, name := range c.Secrets {
			if err := n.vault.Drop(ctx, tx, nightjar.Installation, secretName(id, name)); err != nil {
				return fmt.Errorf("forget a secret of a channel: %w", err)
			}
		}
		r, err := routes(ctx, tx)
		if err != nil {
			return err
		}
		if r.Version > 0 {
			if names := r.endWith(id); len(names) > 0 {
				return &nightjar.Error{
					Code:    nightjar.CodeConflict,
					Message: fmt.Sprintf("nobody would be told of what these routes take, whose only channel is %.80q: %s", c.Name, Cut(strings.Join(names, ", "), maxSetting)),
					Hint:    "give these routes another channel, or remove them, and then the channel",
				}
			}
			for i := range r.Routes {
				r.Routes[i].Channels = slices.DeleteFunc(r.Routes[i].Channels, func(s string) bool { return s == id })
			}
			r.Version++
			r.Updated = n.now()
			if err := putRoutes(ctx, tx, r); err != nil {
				return err
			}
		}
		for _, statement := range []string{sqlDropNotices, sqlDropMessages, sqlDropReminders, sqlDropChannel} {
			if err := exec(ctx, tx, statement, id); err != nil {
				return err
			}
		}
		catalog.AfterCommit(ctx, func() {
			n.clearWarning(nightjar.WarnNotifierFailing, c.Name)
			n.clearWarning(nightjar.WarnNotificationLost, c.Name)
			n.wakeAll()
		})
		return exec(ctx, tx, sqlRevise)
	})
	return c, err
}

// sink makes the sink of a channel.
func (n *Notifier) sink(ctx context.Context, c Channel) (Sink, error) {
	k, err := n.kind(c.Kind)
	if err != nil {
		return nil, err
	}
	secrets, err := n.secrets(ctx, c)
	if err != nil {
		return nil, err
	}
	s, err := k.New(Settings{Values: k.filled(c.Settings), Secrets: secrets}, n.env)
	if err != nil {
		return nil, err
	}
	return guard(s, secrets), nil
}

func (n *Notifier) secrets(ctx context.Context, c Channel) (map[string]secret.Value, error) {
	if n.vault == nil {
		return nil, &nightjar.Error{Code: nightjar.CodeInternal, Message: "the secrets of channels are not at hand here"}
	}
	out := map[string]secret.Value{}
	for _, name := range c.Secrets {
		v, err := n.vault.Open(ctx, nightjar.Installation, secretName(c.ID, name))
		if err != nil {
			return out, fmt.Errorf("open %s of the channel %s: %w", name, c.Name, err)
		}
		out[name] = v
	}
	return out, nil
}

func (n *Notifier) kind(name string) (Kind, error) {
	k, ok := n.kinds[name]
	if !ok {
		var names []string
		for _, k := range n.cfg.Kinds {
			names = append(names, k.Name)
		}
		return k, invalid(fmt.Sprintf("there is no kind of channel %.40q", name), fmt.Sprintf("the kinds are %v", names))
	}
	return k, nil
}

// wordsOf is the sentence of an error for people, without its cause.
func wordsOf(err error) string {
	if e, ok := errors.AsType[*nightjar.Error](err); ok && e.Message != "" {
		return e.Message
	}
	return "see the log"
}
