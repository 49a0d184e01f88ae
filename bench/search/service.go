package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/api"
	"github.com/nightjar-sec/nightjar/internal/approval"
	"github.com/nightjar-sec/nightjar/internal/audit"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/collect"
	"github.com/nightjar-sec/nightjar/internal/connect"
	"github.com/nightjar-sec/nightjar/internal/dashboard"
	"github.com/nightjar-sec/nightjar/internal/health"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/query"
	"github.com/nightjar-sec/nightjar/internal/saved"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// service is the API over HTTP, and somebody who is signed in to it.
type service struct {
	cfg    api.Config
	web    *httptest.Server
	cookie string
}

// serve wires the API as the daemon does, but for what asks Microsoft.
func serve(ctx context.Context, dir string, db *catalog.DB, j *journal.Journal, tenants []tenant) (*service, error) {
	vault, errVault := secret.OpenVault(ctx, secret.VaultConfig{Catalog: db, KeyFile: filepath.Join(dir, "keys", "key"), Create: true})
	log, errAudit := audit.New(audit.Config{Catalog: db})
	if err := errors.Join(errVault, errAudit); err != nil {
		return nil, fmt.Errorf("open the vault and the audit log: %w", err)
	}
	keeper, errAccess := access.New(access.Config{Catalog: db, Vault: vault, Audit: log})
	nowhere := nightjar.Cloud{Name: "nowhere", Login: "https://127.0.0.1:1", Management: "https://127.0.0.1:1", Graph: "https://127.0.0.1:1"}
	connector, errConnect := connect.New(connect.Config{Catalog: db, Vault: vault, Clouds: map[string]nightjar.Cloud{"nowhere": nowhere}})
	dashboards, errDashboards := dashboard.New(filepath.Join(dir, dashboard.FolderName))
	if err := errors.Join(errAccess, errConnect, errDashboards); err != nil {
		return nil, fmt.Errorf("open the parts of the API: %w", err)
	}
	searches, err := saved.New(saved.Config{Catalog: db})
	if err != nil {
		return nil, fmt.Errorf("open the saved searches: %w", err)
	}
	approvals, err := approval.New(approval.Config{Catalog: db, Audit: log})
	if err != nil {
		return nil, fmt.Errorf("open the approvals: %w", err)
	}
	known, err := connector.Known(ctx)
	if err != nil {
		return nil, fmt.Errorf("list tenants: %w", err)
	}
	for i := len(known); i < len(tenants); i++ {
		t := tenants[i].Tenant
		t.Cloud, t.ClientID, t.Created = "nowhere", "99999999-9999-4999-8999-999999999999", firstDay()
		if _, err := connector.Add(ctx, t, connect.CredentialInput{Secret: secret.New("not-one")}); err != nil {
			return nil, fmt.Errorf("add a tenant: %w", err)
		}
	}
	collector, err := collect.New(collect.Config{
		Journal: j, Catalog: db, Clock: clock.Real(), Tenants: connector.Tenants, DataDir: dir,
		Activity: func(ctx context.Context, t nightjar.Tenant) (*m365.Activity, error) {
			return connector.Activity(ctx, t.ID)
		},
	})
	if err != nil {
		return nil, fmt.Errorf("make the collector: %w", err)
	}
	s := &service{cfg: api.Config{
		Access: keeper, Audit: log, Approvals: approvals, Connect: connector, Collector: collector, Journal: j, Dashboards: dashboards, Saved: searches,
		Registry: health.NewRegistry(health.RegistryConfig{}), Clock: clock.Real(), Demo: true,
		Health:   func(context.Context) health.Status { return health.Status{Status: "ok"} },
		Settings: func(context.Context) api.Settings { return api.Settings{} },
	}}
	link, err := keeper.Link(ctx, "bench")
	if err != nil {
		return nil, fmt.Errorf("make a link: %w", err)
	}
	session, _, err := keeper.RedeemLink(ctx, link, netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	s.cookie = "nightjar=" + session.Reveal()
	return s, s.restart()
}

// restart begins with a new engine: the next question starts the first worker.
func (s *service) restart() error {
	s.close()
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if s.cfg.Engine, err = query.New(query.Config{Journal: s.cfg.Journal, WorkerCommand: []string{self, "query-worker"}}); err != nil {
		return fmt.Errorf("start the engine: %w", err)
	}
	handler, err := api.New(s.cfg)
	if err != nil {
		return fmt.Errorf("start the API: %w", err)
	}
	s.web = httptest.NewServer(handler)
	return nil
}

func (s *service) close() {
	if s.web != nil {
		s.web.Close()
		s.cfg.Engine.Close()
	}
}

var errRefused = errors.New("the API refuses")

// post asks, and returns how long the whole answer took. It waits where the
// limit on how often people ask would stop it.
func (s *service) post(ctx context.Context, path string, body, into any) (time.Duration, error) {
	sent, err := json.Marshal(body)
	if err != nil {
		return 0, fmt.Errorf("encode the question: %w", err)
	}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.web.URL+path, bytes.NewReader(sent))
		if err != nil {
			return 0, fmt.Errorf("make the request: %w", err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Cookie", s.cookie)
		start := time.Now()
		resp, err := s.web.Client().Do(req)
		if err != nil {
			return 0, fmt.Errorf("ask: %w", err)
		}
		got, err := io.ReadAll(resp.Body)
		took := time.Since(start)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			return 0, fmt.Errorf("read the answer: %w", err)
		}
		switch resp.StatusCode {
		case http.StatusTooManyRequests:
			time.Sleep(time.Second)
		case http.StatusOK:
			if err := json.Unmarshal(got, into); err != nil {
				return 0, fmt.Errorf("decode the answer: %w", err)
			}
			return took, nil
		default:
			return 0, fmt.Errorf("%w: %d %.300s", errRefused, resp.StatusCode, got)
		}
	}
}
