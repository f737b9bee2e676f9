# Everything a person or CI does here, by name. `make help` lists it.
# PORT and INSTANCE may be given to any target, as arguments or in the environment.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
SET_UP = $(if $(PYTHON),$(PYTHON) scripts/set_up.py,$(error Python 3.11 or newer is needed and was not found))
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help run setup assets test check format lint types contracts templates dependencies unused containers audit bench faults lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: ## Install what is missing and serve the demo studio on http://127.0.0.1:8000
	@$(SET_UP) runtime assets
	@exec $(BIN)/studio run --demo

setup: ## Install everything for development
	@$(SET_UP) development assets browser

assets: ## Build the typefaces again, after a failure
	@$(SET_UP) runtime assets-again

test: setup ## Run every test on SQLite and PostgreSQL; with CI=true nothing may be skipped
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -p tests.nothing_skipped -n 3 --dist loadfile --no-loadscope-reorder -rs $(ARGS)

check: format lint types contracts templates dependencies unused containers ## Format, lint, types, import contracts, templates, containers

format:
	$(BIN)/ruff format --check .
lint:
	$(BIN)/ruff check .
types:
	$(BIN)/mypy
contracts:
	$(BIN)/lint-imports
templates:
	$(BIN)/djlint templates studio/sandbox/stripe/templates --lint --quiet
dependencies:
	$(BIN)/deptry studio
unused:
	$(BIN)/vulture
containers:
	$(BIN)/hadolint docker/Dockerfile
	$(BIN)/compose-lint docker/compose.yaml
format lint types contracts templates dependencies unused containers audit bench lock: | development
.PHONY: development
development:
	@$(SET_UP) development

audit: ## Ask the advisory databases about every locked package
	$(BIN)/pip-audit --require-hashes --disable-pip -r requirements.txt
	npm audit --omit=dev

bench: ## Measure every goal; writes bench/results.json. ARGS="pages mail" measures some
	@$(SET_UP) assets
	@$(BIN)/python -m bench $(ARGS)

faults: setup ## Run the long campaigns; ARGS="walk storm" for some of them
	@$(BIN)/python -m bench.faults $(ARGS)

lock: ## Resolve the lock files anew, with hashes and without addresses
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
	$(LOCK) --group pyproject.toml:installer -o requirements-installer.txt
	$(LOCK) --group pyproject.toml:build -o requirements-build.txt
	$(LOCK) --group pyproject.toml:assets -o requirements-assets.txt

clean: ## Remove what was installed and built; keeps the instance folder
	rm -rf .venv node_modules studio/static/vendor .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
