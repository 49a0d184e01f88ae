# Nightjar: the targets that people type. `make help` lists them.

SHELL := /bin/bash -o pipefail
GO ?= go
BIN := bin/nightjar
CONSOLE := internal/web/dist/index.html
GOLANGCI_VERSION := v2.15.0
GOLANGCI := bin/golangci-lint
# Rounds of kill -9 in `make torture`, and in the short form of it that `make test` runs.
ROUNDS ?= 500
TEST_ROUNDS ?= 60
FUZZTIME ?= 30s
export CGO_ENABLED := 1
# The version is read from the checkout; a tree without git (an archive) builds too.
export GOFLAGS ?= $(shell git rev-parse --git-dir >/dev/null 2>&1 || echo -buildvcs=false)

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

.PHONY: demo
demo: build ## Run a simulated Microsoft 365 and Nightjar watching it, in a folder that goes away
	@$(BIN) demo $(DEMOFLAGS)

.PHONY: build
build: compiler console-if-possible ## Build bin/nightjar, with the console where npm is there
	@echo "building $(BIN); the first time this compiles SQLite and links DuckDB, a minute or two"
	@mkdir -p bin
	$(GO) build -o $(BIN) ./cmd/nightjar

.PHONY: web
web: $(CONSOLE) ## Build the console into internal/web/dist when its sources changed (Node 20.19 or newer)

$(CONSOLE): web/node_modules/.package-lock.json $(shell find web/src web/public web/scripts web/*.* -type f ! -name schema.d.ts 2>/dev/null) $(wildcard internal/api/openapi.yaml)
	@cd web && npm run --silent build
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json
	@cd web && npm ci --no-progress
	@touch $@

# Go alone builds a binary that says how to get the console.
.PHONY: console-if-possible
console-if-possible:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory web; \
	else echo "npm is not there: building without the console (install Node.js 20.19 or newer for it)"; fi

.PHONY: web-check
web-check: ## Check the console: types, lint, tests, size of the first load
	@command -v npm >/dev/null || { echo "npm is needed to check the console: install Node.js 20.19 or newer"; exit 1; }
	@$(MAKE) --no-print-directory web
	@cd web && npm run --silent check && npm run --silent size

.PHONY: web-reproducible
web-reproducible: web/node_modules/.package-lock.json ## Build the console twice and compare, byte for byte (15 seconds)
	@cd web && npm run --silent api && node scripts/reproducible.mjs

# The console in a real browser, against the demo and against an empty nightjar
# with a simulated Microsoft. Both listen on loopback alone.
.PHONY: browser
browser: build chromium ## Drive the console in Chromium: set up, connect, search, map, roles, accessibility (2 minutes)
	@command -v npm >/dev/null || { echo "npm is needed to test the console: install Node.js 20.19 or newer"; exit 1; }
	@cd web && npm run --silent browser

.PHONY: screenshots
screenshots: build chromium ## Render the pictures of docs/console.md from the demo
	@cd web && npm run --silent screenshots

CHROMIUM ?= /usr/bin/chromium
export CHROMIUM

# As root on Debian the package is installed; elsewhere the message says what is missing.
.PHONY: chromium
chromium:
	@if ! [ -x "$(CHROMIUM)" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing chromium, which the browser tests drive"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; \
	  else echo "chromium is needed, e.g.: sudo apt-get install chromium; or set CHROMIUM to the path of a Chromium"; exit 1; fi; fi
	@[ -x "$(CHROMIUM)" ] || { echo "there is no $(CHROMIUM)"; exit 1; }

# DuckDB is C++ and needs a linker for it. As root on Debian the packages are
# installed; elsewhere the message says what is missing.
.PHONY: compiler
compiler:
	@command -v $(GO) >/dev/null || { echo "Go 1.26 or newer is needed: https://go.dev/dl/"; exit 1; }
	@if ! command -v gcc >/dev/null || ! command -v g++ >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing gcc and g++, which DuckDB needs to be linked"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends gcc g++ libc6-dev; \
	  else echo "gcc and g++ are needed, e.g.: sudo apt-get install gcc g++"; exit 1; fi; fi

# SQLite is C turned into Go, and means its pointers: checking them costs tests
# that store something a fifth of their time. (The race detector must watch it,
# or instances of generic code that it shares with the rest go unwatched too.)
UNCHECKED := -gcflags='modernc.org/...=-d=checkptr=0'

.PHONY: test
test: compiler fmt vet lint-if-there web-check web-reproducible ## Everything that must hold: format, vet, lint, tests with the race detector, short torture, demo, console in a browser
	$(GO) test -race $(UNCHECKED) -shuffle=on -timeout 20m ./...
	$(MAKE) --no-print-directory torture ROUNDS=$(TEST_ROUNDS)
	$(MAKE) --no-print-directory build
	$(BIN) demo --check
	$(MAKE) --no-print-directory browser

.PHONY: fmt
fmt:
	@bad=$$(gofmt -l $$(git ls-files '*.go' 2>/dev/null || find . -name '*.go')); \
	if [ -n "$$bad" ]; then echo "not formatted; run gofmt -w on:"; echo "$$bad"; exit 1; fi

.PHONY: vet
vet:
	$(GO) vet ./...

# CI always lints. On a person's machine the linter takes minutes to build, so
# `make test` runs it only once `make lint` has built it.
.PHONY: lint-if-there
lint-if-there:
	@if [ -n "$$CI" ] || [ -x $(GOLANGCI) ]; then $(MAKE) --no-print-directory lint; \
	else echo "lint: not run, the linter is not built yet (make lint builds it once)"; fi

.PHONY: lint
lint: $(GOLANGCI) ## Run golangci-lint, building it the first time (4 minutes on 2 cores)
	$(GOLANGCI) run ./...

$(GOLANGCI): Makefile
	@mkdir -p bin
	GOBIN=$(CURDIR)/bin CGO_ENABLED=0 GOFLAGS= $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	@touch $@

.PHONY: torture
torture: compiler ## Kill nightjar ROUNDS times (500), at fail points and on a full disk, feed it huge blobs, and count what is lost or doubled
	$(GO) run ./test/torture -rounds $(ROUNDS)

.PHONY: bench
bench: build ## Measure all of docs/benchmarks.md but the console: collection, storage, memory, queries, search, rules, detection (45 minutes)
	$(GO) run ./bench/collect
	$(GO) run ./test/torture -modes memory
	$(GO) run ./bench/query -events 1000000
	$(GO) run ./bench/query -events 10000000
	$(GO) run ./bench/search
	$(MAKE) --no-print-directory bench-rules
	$(MAKE) --no-print-directory bench-detect

.PHONY: pack-report
pack-report: compiler ## Say what the shipped rules find in a quiet month and in a real attack (2 minutes)
	$(GO) run ./bench/pack -check

.PHONY: bench-rules
bench-rules: ## Measure how many events a second one core matches against 150 and 3,000 Sigma rules (2 minutes)
	@$(GO) run ./bench/rules $(BENCHRULESFLAGS)

.PHONY: bench-detect
bench-detect: compiler ## Measure how soon an event's alert is recorded and told, at 1,000 events a second with all shipped rules (90 seconds)
	@$(GO) run ./bench/detect

.PHONY: bench-search
bench-search: compiler ## Measure how long the search screen waits, over a million events, in ten minutes
	$(GO) run ./bench/search

.PHONY: bench-console
bench-console: build chromium ## Measure the first load of the console in Chromium against a demo
	@cd web && node e2e/bench.mjs

.PHONY: bench-short
bench-short: build ## Measure collection, memory and queries with fewer events, in a few minutes
	$(GO) run ./bench/collect -short
	$(GO) run ./test/torture -modes memory
	$(GO) run ./bench/query -events 200000 -runs 3

.PHONY: fuzz
fuzz: ## Fuzz every parser for FUZZTIME (30s) each
	@for pkg in $$($(GO) list ./...); do \
	  dir=$$($(GO) list -f '{{.Dir}}' $$pkg); \
	  for f in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]+' $$dir/*_test.go 2>/dev/null | sed 's/func //'); do \
	    echo "fuzz $$pkg $$f"; \
	    $(GO) test $$pkg -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) || exit 1; \
	  done; done

# The data are 8 MB that change every month, so they are not in git. A build
# without them works and knows no address by itself.
.PHONY: geo
geo: ## Build country and AS data into the binary, from the pinned inputs of internal/geo/data/sources.txt
	$(GO) run ./internal/geo/compile -cache '$(GEO_CACHE)'

.PHONY: docs
docs: ## Write the generated parts of docs/ anew
	$(GO) test ./internal/config ./internal/cli ./internal/health ./internal/api -run InStep -update

.PHONY: clean
clean:
	rm -rf bin web/node_modules
	find internal/web/dist -mindepth 1 ! -name .gitignore -delete
