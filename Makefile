# `make` lists the targets. All it needs is python3 with venv.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin

# Python's own default, whatever the environment says: without bytecode each of the hundreds of
# processes that the tests start would compile every library anew.
export PYTHONDONTWRITEBYTECODE :=

help:  ## List the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: .venv/ready  ## Install everything into .venv (run and test do it themselves)

.venv/ready: pyproject.toml $(wildcard locks/*.txt)
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Python 3.11 or newer is needed as python3 (Debian, Ubuntu: apt-get install python3).' >&2; exit 1; }
	@python3 -c 'import venv, ensurepip' 2>/dev/null || { \
		echo 'Python lacks its venv module (Debian, Ubuntu: apt-get install python3-venv).' >&2; exit 1; }
	python3 -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/uv.txt
	$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python locks/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	$(BIN)/uv venv --quiet --clear .venv/ministack
	$(BIN)/uv pip sync --quiet --require-hashes --python .venv/ministack/bin/python locks/ministack.txt
	@touch $@

run: setup  ## Serve the API and its page on http://127.0.0.1:8000, keeping its data in data/
	@exec $(BIN)/todo-api serve

deploy: setup  ## Put it on AWS as stage prod, or change what is there; it asks first
	@exec $(BIN)/todo-api deploy

destroy: setup  ## Take stage prod away again, and prove it; it asks for its name
	@exec $(BIN)/todo-api destroy

# Only a test of the template needs it, and it is large.
.venv/checkov/ready: locks/checkov.txt | .venv/ready
	$(BIN)/uv venv --quiet --clear .venv/checkov
	$(BIN)/uv pip sync --quiet --require-hashes --python .venv/checkov/bin/python locks/checkov.txt
	@touch $@

# Checks the page's modules, with a Node.js of its own.
.venv/node/ready: locks/node.txt locks/npm/package-lock.json | .venv/ready
	$(BIN)/uv venv --quiet --clear .venv/node
	$(BIN)/uv pip sync --quiet --require-hashes --python .venv/node/bin/python locks/node.txt
	cp locks/npm/package*.json .venv/node/
	.venv/node/bin/npm ci --silent --prefix .venv/node
	@touch $@

# Generate clients in Python, and run them.
.venv/clients/ready: locks/clients.txt | .venv/ready
	$(BIN)/uv venv --quiet --clear .venv/clients
	$(BIN)/uv pip sync --quiet --require-hashes --python .venv/clients/bin/python locks/clients.txt
	@touch $@

# Generate and compile clients in TypeScript, Java and Go: 350 MB.
.venv/generators/ready: locks/generators.txt locks/npm-clients/package-lock.json .venv/node/ready | .venv/ready
	$(BIN)/uv venv --quiet --clear .venv/generators
	$(BIN)/uv pip sync --quiet --require-hashes --python .venv/generators/bin/python locks/generators.txt
	cp locks/npm-clients/package*.json .venv/generators/
	PATH=$(CURDIR)/.venv/node/bin:$$PATH npm ci --silent --no-audit --prefix .venv/generators
	@touch $@

test: setup .venv/checkov/ready .venv/clients/ready .venv/node/ready  ## Run the tests
	$(BIN)/pytest -n 3 --dist worksteal

fuzz: setup  ## Fuzz every contract with Schemathesis, and draw more examples than make test does
	$(BIN)/pytest -n 2 -o norecursedirs='.* e2e linters toolchains' \
		-m hypothesis --hypothesis-profile many --examples 300

# Redocly and Spectral; without the scripts of their packages, one of which reports installations.
.venv/linters/ready: locks/npm-linters/package-lock.json .venv/node/ready
	mkdir -p .venv/linters && cp locks/npm-linters/package*.json .venv/linters/
	PATH=$(CURDIR)/.venv/node/bin:$$PATH npm ci --silent --no-audit --ignore-scripts --prefix .venv/linters
	@touch $@

contract: setup .venv/linters/ready  ## Lint the contracts as consumers do, and fuzz them with a report; or fuzz URL=https://…
	$(if $(URL),,tools/lint openapi.yaml examples/customers.yaml examples/todos-signed-in.yaml)
	$(BIN)/python -m tests.fuzz $(URL)

clients: setup .venv/clients/ready .venv/generators/ready  ## Generate, compile and run clients of the contracts (wants a JDK)
	$(BIN)/pytest -n 2 -o norecursedirs='.*' tests/clients

kills: setup  ## Kill the browser 20 times amid 200 writes, and miss none of them
	$(BIN)/pytest tests/browser/test_kills.py --kills 20

ENGINES ?= chromium firefox webkit
browsers: setup  ## Test the page in Chromium, Firefox and WebKit (apt-get); ENGINES=, TESTS= choose some
	$(BIN)/python -m tests.browser --engines '$(ENGINES)' $(TESTS)

pythons: setup  ## Run the unit tests on the other Pythons of Lambda that are here
	tools/pythons

swap: setup .venv/node/ready  ## Run the quick tests with another contract in the place of openapi.yaml
	tools/swap

e2e: setup  ## Deploy, change and destroy whole stages on an engine that stands in for AWS
	$(BIN)/pytest -n 2 --dist loadfile tests/e2e

check: setup .venv/node/ready  ## Lint, type-check and validate the contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	for file in openapi.py examples/*.py; do test ! -e $$file || $(BIN)/mypy $$file || exit; done
	.venv/node/bin/node .venv/node/node_modules/typescript/bin/tsc --project tsconfig.json
	$(BIN)/todo-api check openapi.yaml examples/*.yaml
	$(BIN)/todo-api diff release openapi.yaml

templates: setup .venv/checkov/ready  ## Lint the templates of stages with cfn-lint and checkov
	$(BIN)/pytest -n 2 --dist loadfile tests/linters

# Looks into what is locked, and into the workflows.
.venv/audit/ready: locks/audit.txt | .venv/ready
	$(BIN)/uv venv --quiet --clear .venv/audit
	$(BIN)/uv pip sync --quiet --require-hashes --python .venv/audit/bin/python locks/audit.txt
	@touch $@

audit: setup .venv/audit/ready .venv/node/ready  ## Look for known vulnerabilities in what is locked, and for weaknesses in the workflows
	tools/audit

release: setup .venv/audit/ready  ## Make the zips, their digests, what they are made of, and what changed, into dist/release/
	tools/release

screenshots: setup  ## Take pictures of every state of the page into dist/screenshots/, and those of README.md
	$(BIN)/python -m tests.browser.screenshots

bench: setup  ## Measure against Powertools, the guide's own handler and FastAPI
	$(BIN)/python -m tests.benchmarks

bench-page: setup  ## Measure the page alone: how long until it is there, and until an input shows
	$(BIN)/python -m tests.benchmarks --only page

bench-large: setup  ## Measure contracts of 1 to 118 collections
	$(BIN)/python -m tests.benchmarks --only large

bench-cost: setup  ## Meter what requests cost at DynamoDB, for the table in docs/figures.md
	$(BIN)/python -m tests.benchmarks --only cost

bench-shards: setup  ## Measure what a list of 1, 4 and 16 shards costs, and how long it takes
	$(BIN)/python -m tests.benchmarks --only shards

SECONDS ?= 600
soak: setup  ## Try every hazard under load for 10 minutes, or SECONDS=: what is lost, what is wrong
	$(BIN)/python -m tests.soak --seconds $(SECONDS)

bench-prove: setup  ## Measure what todo-api prove finds: faults, mutants, and no false alarms
	$(BIN)/python -m tests.prove.measure

lock: setup .venv/node/ready  ## Choose the newest versions that pyproject.toml allows, with their hashes
	tools/lock

.PHONY: help setup run deploy destroy test fuzz contract clients kills browsers pythons swap e2e check templates audit release screenshots bench bench-page bench-large bench-cost bench-shards soak bench-prove lock
