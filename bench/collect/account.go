package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

// account is how to sign in to the service without Nightjar.
type account struct {
	Login, Management, CAFile string
	Tenant, ClientID, Secret  string
}

func accountFile(dir string) string { return filepath.Join(dir, "account.json") }

func writeAccount(server *sim.Server, dir string) error {
	tenant, roots := server.Tenants()[0], server.URLs()
	return writeJSON(accountFile(dir), account{
		Login: roots.Login, Management: roots.Management, CAFile: filepath.Join(dir, "ca.pem"),
		Tenant: tenant.ID, ClientID: tenant.ClientID, Secret: tenant.Secrets[0].Value,
	})
}

// errand is what the floor is to fetch.
type errand struct {
	Token  string
	CAFile string
	Blobs  []string // addresses
}

// list signs in and lists every blob, in a process that nobody measures: the
// floor does not pay for it, Nightjar pays for its own.
func list(ctx context.Context, dir string) (errand, error) {
	var a account
	if err := readJSON(accountFile(dir), &a); err != nil {
		return errand{}, err
	}
	client, err := m365.NewHTTPClient(nightjar.Cloud{Name: "bench", CAFile: a.CAFile}, m365.HTTPOptions{Proxy: "direct"})
	if err != nil {
		return errand{}, fmt.Errorf("make a client: %w", err)
	}
	defer client.CloseIdleConnections()
	var signedIn struct {
		Token string `json:"access_token"`
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {a.ClientID}, "client_secret": {a.Secret}, "scope": {a.Management + "/.default"}}
	if _, err := get(ctx, client, http.MethodPost, a.Login+"/"+a.Tenant+"/oauth2/v2.0/token", "", form, &signedIn); err != nil {
		return errand{}, fmt.Errorf("sign in: %w", err)
	}
	e := errand{Token: signedIn.Token, CAFile: a.CAFile}
	for _, feed := range nightjar.Feeds() {
		for day := -7; day < 0; day++ {
			from := origin.AddDate(0, 0, day)
			query := url.Values{
				"contentType": {string(feed)}, "PublisherIdentifier": {a.Tenant},
				"startTime": {from.Format("2006-01-02T15:04:05")}, "endTime": {from.AddDate(0, 0, 1).Format("2006-01-02T15:04:05")},
			}
			next := a.Management + "/api/v1.0/" + a.Tenant + "/activity/feed/subscriptions/content?" + query.Encode()
			for next != "" {
				var page []struct {
					URI string `json:"contentUri"`
				}
				header, err := get(ctx, client, http.MethodGet, next, e.Token, nil, &page)
				if err != nil {
					return errand{}, fmt.Errorf("list %s: %w", feed, err)
				}
				for _, b := range page {
					e.Blobs = append(e.Blobs, b.URI)
				}
				next = header.Get("NextPageUri")
			}
		}
	}
	return e, nil
}

func get(ctx context.Context, client *http.Client, method, address, token string, form url.Values, into any) (http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, errors.New(answer.Status)
	}
	return answer.Header, json.NewDecoder(answer.Body).Decode(into)
}

func writeJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", filepath.Base(path), err)
	}
	return os.WriteFile(path, data, 0o600)
}

func readJSON(path string, v any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("decode %s: %w", filepath.Base(path), err)
	}
	return nil
}
