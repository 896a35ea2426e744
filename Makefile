# Ropeway. "make" alone lists the targets.

# Version control is asked once, below, and not by every build. Nothing here needs a network once modules are cached.
export GOFLAGS ?= -buildvcs=false

BINARY  := bin/ropeway
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)

# The linter has a module of its own, so that its dependencies are not ours.
LINT := go tool -modfile=tools/golangci-lint/go.mod golangci-lint

# The race detector comes with checks of unsafe pointers, which nobody but the translated SQLite uses: they find nothing there and triple
# the time of what works with a database.
RACE := -race -gcflags='modernc.org/...=-d=checkptr=0'

FUZZTIME  ?= 30s
BENCH     ?= .
BENCHTIME ?= 1s
QUEUED    ?= 2000000
HISTORY   ?= 2000000000
KILLS     ?= 200
FAULTS    ?= 100
FUZZAPI   ?= 10m
LATENCY_DIR ?= bin/latency
STORM     ?= 100000
PAUSE     ?= 130
SEED      ?=

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The web application needs Node.js and npm. Its dependencies are installed again only when the lockfile has changed.
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/test-results -prune -o -path web/test-pictures -prune -o -path web/tests -prune -o -type f ! -name schema.ts -print) docs/openapi.json

web/node_modules/.package-lock.json: web/package-lock.json
	@echo 'installing what builds the web application (web/package-lock.json has changed)'
	cd web && npm ci --no-audit --no-fund
	@touch $@

internal/web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	@echo 'building the web application into internal/web/dist'
	@rm -rf internal/web/dist/assets
	cd web && npm run --silent types && npm run --silent build

.PHONY: web
web: internal/web/dist/index.html ## Build the web application, which goes into the binary

.PHONY: build
build: web ## Build bin/ropeway, a static binary with the web application in it
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $(BINARY) ./cmd/ropeway

.PHONY: run
run: build ## Build, then start the server with a sandbox and a scenario to try, in ./data
	$(BINARY) serve --sandbox --data data

.PHONY: demo
demo: build ## Build, then run the scenario of the demo once and show what it did
	$(BINARY) demo

.PHONY: test
test: vet test-web test-browser test-go ## Vet, then run every test: of the web application, in the browser, and of Go with the race detector

.PHONY: vet
vet:
	go vet ./...

.PHONY: test-web
test-web: web ## Check the types of the web application and run its unit tests
	cd web && npx --no-install tsc --noEmit && npm run --silent test

.PHONY: test-browser
test-browser: build ## Run the browser tests against the real server (TESTS=tests/entry.spec.ts)
	@tools/chromium.sh
	cd web && npm run --silent e2e -- $(TESTS)

.PHONY: images
images: build ## Take the pictures of docs/images anew, in the browser tests
	@tools/chromium.sh
	cd web && IMAGES=1 npm run --silent e2e

.PHONY: test-go
test-go: ## Run the Go tests with the race detector in random order, with a PostgreSQL that they start themselves
	@tools/postgres.sh
	go test $(RACE) -shuffle=on ./...

.PHONY: check
check: web ## Formatting, lint, vet, types, and that generated files are fresh
	$(LINT) fmt --diff
	$(LINT) run
	go vet ./...
	go generate ./...
	git diff --exit-code
	cd web && npm run --silent check

.PHONY: fmt
fmt: web/node_modules/.package-lock.json ## Format the files of Go and of the web application
	$(LINT) fmt
	cd web && npm run --silent format

.PHONY: generate
generate: ## Write the generated files anew
	go generate ./...

.PHONY: bench
bench: ## Run the benchmarks (BENCH=regexp, BENCHTIME=1s)
	go test -run '^$$' -bench '$(BENCH)' -benchtime '$(BENCHTIME)' -benchmem ./...

.PHONY: bench-api
bench-api: ## Measure the API with a million executions, kept in LATENCY_DIR (bin/latency); filling it takes minutes
	@mkdir -p '$(LATENCY_DIR)'
	ROPEWAY_LATENCY_DIR='$(abspath $(LATENCY_DIR))' go test -run '^$$' -bench '^BenchmarkAPILatency' -benchtime 300x -timeout 60m ./internal/server

.PHONY: bench-web
bench-web: build ## Measure the web application in the browser: first content, keys, a canvas of 300 modules, a history of 100,000
	@tools/chromium.sh
	cd web && npx --no-install playwright test --config playwright.bench.config.ts

.PHONY: fuzz-api
fuzz-api: ## Send drawn requests to the API for FUZZAPI (10m), from SEED (1) on
	go test -count=1 -v -timeout 24h -run '^TestDrawnRequests$$' ./internal/api -args -fuzzfor '$(FUZZAPI)' -fuzzseed '$(or $(SEED),1)'

.PHONY: bench-long
bench-long: ## Drain QUEUED (2000000) executions, start and sweep with a history of HISTORY (2000000000) bytes
	ROPEWAY_BENCH_QUEUED='$(QUEUED)' go test -run '^$$' -bench '^BenchmarkDrain$$' -benchtime 1x -timeout 60m ./internal/server
	ROPEWAY_BENCH_HISTORY_BYTES='$(HISTORY)' go test -run '^$$' -bench '^Benchmark(Start|Sweep)$$' -benchtime 1x -timeout 60m ./internal/crash ./internal/store

.PHONY: simulate
simulate: ## Play clusters of up to a thousand nodes and a million scenarios, on a clock that jumps
	go test -count=1 -v -timeout 30m -run '^TestLargeCluster$$' ./internal/simulation -args -large

.PHONY: bench-cluster
bench-cluster: ## Measure PostgreSQL beside SQLite, one to three nodes, what up to a hundred nodes cost that have nothing to do, and starts with 10,000 scenarios
	go test -run '^$$' -bench '^BenchmarkDatabases$$' -benchtime 20000x -timeout 30m ./internal/store
	go test -run '^$$' -bench '^Benchmark(Nodes|HandOver|Coordination|ManyScenarios)$$' -benchtime 1x -timeout 30m ./internal/server

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (30s)
	@set -e; for package in $$(go list ./...); do \
		for target in $$(go test -run '^$$' -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "fuzz $$package $$target for $(FUZZTIME)"; \
			go test -run '^$$' -fuzz "^$$target$$" -fuzztime '$(FUZZTIME)' $$package; \
		done; \
	done

.PHONY: crash
crash: ## Kill, stop, pause and storm a real server: KILLS (200), STORM (100000) events (SEED=of an earlier run)
	ROPEWAY_CRASH_KILLS='$(KILLS)' ROPEWAY_CRASH_SEED='$(SEED)' ROPEWAY_CRASH_STORM='$(STORM)' ROPEWAY_CRASH_PAUSE='$(PAUSE)' \
		go test -count=1 -v -parallel 1 -timeout 90m ./internal/crash

.PHONY: crash-cluster
crash-cluster: ## Kill, pause and cut off three nodes, and restart and replace their database: FAULTS (100) times (SEED=of an earlier run)
	ROPEWAY_CRASH_FAULTS='$(FAULTS)' ROPEWAY_CRASH_SEED='$(SEED)' go test -count=1 -v -timeout 90m -run '^TestBrokenCluster$$' ./internal/crash

.PHONY: cover
cover: ## Say how much of the code the tests reach
	@mkdir -p bin
	go test -coverprofile=bin/cover.out -coverpkg=./... ./...
	go tool cover -func=bin/cover.out | tail -1
	@echo 'go tool cover -html=bin/cover.out shows where'

.PHONY: clean
clean: ## Remove what the other targets built
	rm -rf bin internal/web/dist/assets internal/web/dist/index.html* internal/web/dist/favicon.svg* web/test-results web/test-pictures
