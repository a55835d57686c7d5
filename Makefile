# Sasumata. `make` alone lists what there is.
# demo and test need Go and git, nothing else.

GO        ?= go
# -trimpath keeps the builder's folders out of the binary.
GOBUILD   := CGO_ENABLED=0 $(GO) build -trimpath
BIN       := sasumata$(shell $(GO) env GOEXE)
TOOL      := $(GO) tool -modfile=tools/go.mod
LINT      := .bin/golangci-lint

# Arguments of single targets, for example: make fuzz FUZZTIME=5m
DEMOFLAGS ?=
FUZZTIME  ?= 10s
BENCH     ?= .
COUNT     ?= 6
LOGS      ?=
JOBS      ?= 2
# The parts of the conformance suite that this version answers; SETS= runs all.
SETS      ?= fail2ban crowdsec-parse wazuh-outcome dd-pipelines dd-rules ssh-lines ssh-bans httpparams web nab adbench geo geo-corrupt sigma-match sigma-fuzz sigma-corr sigma-reject alertnoise scan policy policy-compose

.DEFAULT_GOAL := help
.PHONY: help build demo test race vet check lint bench conformance clients web site fuzz clean

help: ## list the targets
	@echo "make TARGET, where TARGET is"
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

build: ## build ./sasumata
	$(GOBUILD) -o $(BIN) ./cmd/sasumata

demo: build ## a simulated day of traffic and attacks, the alerts and an HTML report
	./$(BIN) demo $(DEMOFLAGS)

test: vet ## the fast tests, with a summary
	$(GO) run ./test/summary -again '$(GO) test -short' $(GO) test -json -short ./...

vet:
	$(GO) vet ./...

race: ## all tests, the slow ones too, with the race detector (needs a C compiler)
	$(GO) run ./test/summary -again '$(GO) test -timeout 18m -race' env GO='$(GO)' test/race.sh

check: lint ## everything that a change must pass: format, linters, layers, race detector
	@unformatted=$$($(TOOL) gofumpt -l cmd internal content seclog test) || exit 1; \
	if [ -n "$$unformatted" ]; then echo "not formatted (make check wants gofumpt):"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(TOOL) staticcheck ./...
	$(GO) test -count=1 -run 'TestImports|TestBottom|TestEngines|TestNoInit|TestFiles|TestEvery' ./internal/app
	$(MAKE) race

lint: $(LINT)
	$(LINT) run ./...

# golangci-lint has a module of its own: its dependencies must not choose ours.
$(LINT): tools/lint/go.mod tools/lint/go.sum
	@echo "building golangci-lint once (a few minutes)"
	cd tools/lint && $(GO) build -o ../../$(LINT) github.com/golangci/golangci-lint/v2/cmd/golangci-lint

bench: ## benchmarks, as a benchstat table; LOGS="a.log b.log" adds the throughput table
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count=$(COUNT) ./... > bench.txt || { cat bench.txt; exit 1; }
	$(TOOL) benchstat bench.txt
	@if [ -n "$(LOGS)" ]; then $(MAKE) build && test/bench/throughput.sh $(LOGS); \
	else echo 'for the table of lines per second: make bench LOGS="access.log ..."'; fi

conformance: ## score the binary on public test material (SASUMATA_CONFORMANCE names its folder)
	@if [ -z "$$SASUMATA_CONFORMANCE" ]; then \
	echo "SASUMATA_CONFORMANCE is not set: it names the folder of the conformance suite, which is not part of this repository" >&2; exit 2; fi
	$(MAKE) build
	PYTHONDONTWRITEBYTECODE=1 "$$SASUMATA_CONFORMANCE/run_all.sh" -j $(JOBS) "$$SASUMATA_CONFORMANCE" ./$(BIN) $(SETS)

clients: ## test the intakes of the server with the clients that others wrote (minutes to build)
	cd test/clients && $(GO) test ./...

# web/dist is committed, so that only this needs Node. npm ci takes what the lock file names.
web: web/node_modules ## build the pages anew, and test their code (needs Node)
	cd web && npm run --silent lint && npm run --silent types && npm run --silent test && npm run --silent build
	@if [ -n "$$(git status --porcelain web/dist)" ]; then echo "web/dist is not what web/src builds: commit it"; exit 1; fi

web/node_modules: web/package-lock.json
	cd web && npm ci
	touch $@

# The program that writes it has a module of its own, with the parser of Markdown.
site: ## write the documentation as plain HTML to ./site, to be read offline
	rm -rf site
	cd tools/site && $(GO) run . -root ../.. -out ../../site

fuzz: ## run every fuzz target for FUZZTIME
	GO='$(GO)' test/fuzz.sh $(FUZZTIME)

clean: ## remove what was built here
	rm -rf $(BIN) .bin site bench.txt
