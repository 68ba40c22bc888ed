# Everything a developer runs. `make` alone lists it.
export CGO_ENABLED = 0

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LINT    := .cache/golangci-lint
SBOM    := .cache/cyclonedx-gomod
SBOM_AT := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
LINT_AT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: help setup run dev build release test soak check lint generate screenshots bench clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install the web app's packages, which the build needs
	@scripts/setup build

run: build ## set up, build and serve on http://localhost:5544/
	bin/nests serve

dev: build ## the same with a throw-away data folder and a demo nest
	bin/nests dev

build: setup ## build the web app and bin/nests
	npm --prefix web run build
	go build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/nests ./cmd/nests

release: setup $(SBOM) ## static binaries for Linux on amd64 and arm64, checksums, SBOM and licences into release/
	@scripts/release

$(SBOM):
	GOBIN=$(CURDIR)/.cache go install $(SBOM_AT)

test: ## set up and run every test: Go, web units, browser
	@scripts/test

soak: build ## repeat kills, races and random histories that the suite runs only a few times; at most an hour
	@scripts/soak

check: setup ## format, vet, lint, types, imports, unused exports, duplicated code and long lines
	@unformatted=$$(gofmt -l cmd internal scripts test web/*.go); test -z "$$unformatted" || { echo "gofmt -w $$unformatted"; exit 1; }
	go vet ./...
	$(MAKE) --no-print-directory lint
	go test ./internal/archtest
	npm --prefix web run check

lint: $(LINT) ## lint the Go code
	$(LINT) run

$(LINT):
	GOBIN=$(CURDIR)/.cache go install $(LINT_AT)

generate: ## rewrite docs/configuration.md and docs/nests.example.yaml from the code
	go test ./internal/config -run TestDocumentsAreGenerated -count=1 -update

screenshots: build ## render every screen and state at four widths, light and dark, into web/test-results/looks
	@scripts/setup test
	cd web && LOOKS=1 NESTS_BIN=$(CURDIR)/bin/nests npx playwright test tests/e2e/looks.spec.ts

bench: build ## measure: endpoints under load on both databases, audio, hot paths, time to first sound in a browser
	@scripts/setup test
	go run ./test/load
	NESTS_BIN=$(CURDIR)/bin/nests go test -run '^$$' -bench . -benchmem ./...
	NESTS_BIN=$(CURDIR)/bin/nests npm --prefix web run bench

clean: ## remove everything that was built; keep ./data
	rm -rf bin release .cache web/node_modules web/test-results web/playwright-report
	find web/dist -mindepth 1 ! -name .keep -delete
