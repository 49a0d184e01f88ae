package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/saved"
	"github.com/nightjar-sec/nightjar/internal/search"
)

func newSearch(p Process) *cobra.Command {
	return noun("search", "Keep searches and queries to ask again", newSearchList(p), newSearchShow(p), newSearchSave(p), newSearchRemove(p))
}

// keeper is the command line as the store of searches knows it.
func keeper(p Process) saved.Viewer {
	return saved.Viewer{Name: operator(p).Name, Curator: true, All: true}
}

// searchLine is a saved search as --json prints it (docs/cli-json.md).
type searchLine struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Owner   string `json:"owner"`
	Shared  bool   `json:"shared"`
	Created string `json:"created"`
	Updated string `json:"updated"`
	saved.Definition
}

func searchLineOf(s saved.Search) searchLine {
	return searchLine{ID: s.ID, Name: s.Name, Owner: s.OwnerName, Shared: s.Shared, Created: formatTime(s.Created), Updated: formatTime(s.Updated), Definition: s.Definition}
}

func newSearchList(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the saved searches of all people", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				store, err := a.Saved()
				if err != nil {
					return err
				}
				list, err := store.List(ctx, keeper(p))
				if err != nil {
					return err
				}
				lines := []searchLine{}
				for _, s := range list {
					lines = append(lines, searchLineOf(s))
				}
				if asJSON {
					return writeJSON(p, map[string]any{"searches": lines})
				}
				t := newColumns(p.Stdout, "NAME", "KIND", "OWNER", "SHARED", "SPAN", "UPDATED", "ID")
				for _, l := range lines {
					shared := "no"
					if l.Shared {
						shared = "yes"
					}
					t.row(safe(l.Name), string(l.Kind), safe(l.Owner), shared, spanText(l.Definition), shortText(l.Updated), l.ID)
				}
				return t.flush()
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func spanText(d saved.Definition) string {
	switch {
	case !d.From.IsZero():
		return formatTime(d.From) + " to " + formatTime(d.To)
	case d.Last > 0:
		return "last " + (time.Duration(d.Last) * time.Second).String()
	default:
		return ""
	}
}

func newSearchShow(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show NAME|ID", Short: "Print a saved search as SQL that can be asked", Args: exactArguments(1, "the name or id of one saved search"),
		Long: `Prints the SQL of a saved search, with the span that it has now: the one that was saved, or
the last day. When it is of certain tenants, standard error says with which --tenant to ask it.`,
		Example: `    nightjar search show "Failed sign-ins" | nightjar query -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withSearch(p, cmd, app.AccessRead, args[0], func(_ context.Context, a *app.App, _ *saved.Store, s saved.Search) error {
				if asJSON {
					return writeJSON(p, searchLineOf(s))
				}
				sql, err := s.SQL(s.Span(a.Clock().Now()))
				if err != nil {
					return err
				}
				if len(s.Tenants) > 0 {
					// SQL names no tenants: whoever asks it does.
					fmt.Fprintf(p.Stderr, "it is of certain tenants, which the SQL does not say: nightjar query --tenant %s\n", tenantList(s.Tenants))
				}
				_, err = fmt.Fprintln(p.Stdout, sql)
				return err
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func tenantList(ids []nightjar.TenantID) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return strings.Join(out, ",")
}

// withSearch opens the store and hands over the search of a name or id.
func withSearch(p Process, cmd *cobra.Command, mode app.Access, name string, do func(ctx context.Context, a *app.App, store *saved.Store, s saved.Search) error) error {
	return within(p, cmd, mode, func(ctx context.Context, a *app.App, _ *config.Config) error {
		store, err := a.Saved()
		if err != nil {
			return err
		}
		s, err := searchNamed(ctx, store, keeper(p), name)
		if err != nil {
			return err
		}
		return do(ctx, a, store, s)
	})
}

// searchNamed finds a search by its id, or by its name if one has it.
func searchNamed(ctx context.Context, store *saved.Store, v saved.Viewer, name string) (saved.Search, error) {
	list, err := store.List(ctx, v)
	if err != nil {
		return saved.Search{}, err
	}
	var found []saved.Search
	for _, s := range list {
		if s.ID == name {
			return s, nil
		}
		if s.Name == name {
			found = append(found, s)
		}
	}
	switch len(found) {
	case 0:
		return saved.Search{}, &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("there is no saved search %.120q", name), Hint: "nightjar search list"}
	case 1:
		return found[0], nil
	default:
		return saved.Search{}, &nightjar.Error{Code: nightjar.CodeConflict, Message: fmt.Sprintf("%d people have a saved search %.120q", len(found), name), Hint: "give its id: nightjar search list"}
	}
}

func newSearchRemove(p Process) *cobra.Command {
	cmd := &cobra.Command{
		Use: "remove NAME|ID", Short: "Forget a saved search", Args: exactArguments(1, "the name or id of one saved search"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withSearch(p, cmd, app.AccessManage, args[0], func(ctx context.Context, a *app.App, store *saved.Store, s saved.Search) error {
				err := a.Audit().Do(ctx, nightjar.AuditEntry{
					Actor: operator(p).Actor(), Action: nightjar.ActionSearchRemove, Target: s.Name, Detail: map[string]string{"owner": s.OwnerName},
				}, func(ctx context.Context) error {
					_, err := store.Remove(ctx, keeper(p), s.ID)
					return err
				})
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.Stdout, "removed %s\n", safe(s.Name))
				return err
			})
		},
	}
	return withConfig(cmd, false)
}

// readFilters reads filters in the form of the console's address.
func readFilters(list []string) ([]saved.Filter, error) {
	var out []saved.Filter
	for _, f := range list {
		field, rest, ok := strings.Cut(f, ":")
		op, value, _ := strings.Cut(rest, ":")
		if !ok || field == "" || op == "" {
			return nil, usageError("e.g. --filter operation:is:UserLoggedIn or --filter country:exists", "--filter %q is not FIELD:OPERATOR:VALUE", f)
		}
		out = append(out, saved.Filter{Field: field, Op: search.Op(op), Value: value})
	}
	return out, nil
}
