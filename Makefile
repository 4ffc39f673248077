PORT ?= 8000
UV ?= uv
BIN := .venv/bin

# Hundreds of processes are started here: none need compile what another has compiled.
unexport PYTHONDONTWRITEBYTECODE

# Where the tests find what they need; tests/services.sh makes sure of it.
export CHROMIUM ?= chromium-headless-shell
export TEST_REDIS_URL ?= redis://127.0.0.1:6379
export TEST_DATABASE_URL ?= postgres://cascade:cascade@127.0.0.1:5432/postgres

# These start whole servers and browsers: a process plays all of one file, on servers of its own.
SERVED := tests/browser tests/faults
OTHERS := $(SERVED:%=--ignore=%)
# No loop is held by a database.
BOMBS := tests/attacks/test_time_bombs.py

.PHONY: help run test lint format words bench soak eval calibrate lock floors audit sbom licences clean

help: ## List these commands
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST)

run: .venv/run ## Start the chat on 127.0.0.1 and print a sign-in link (PORT=8000)
	@set -a; [ ! -f .env ] || . ./.env; exec $(BIN)/python manage.py serve --port $(PORT)

test: .venv/dev ## Run every test, those that touch the database on PostgreSQL as well
	tests/services.sh
	$(BIN)/pytest -n auto $(OTHERS)
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder -m 'not alone' $(SERVED)
	$(BIN)/pytest -m alone $(SERVED)
	DATABASE_URL=$(TEST_DATABASE_URL) $(BIN)/pytest -n auto -m 'database and not alone' --ignore=tests/browser --ignore=$(BOMBS)
	DATABASE_URL=$(TEST_DATABASE_URL) $(BIN)/pytest -m 'database and alone' tests/faults

lint: .venv/dev ## Check format, style, types, deployment settings and migrations
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
	ALLOWED_HOSTS=chat.example.org HTTPS=1 \
	$(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run

format: .venv/dev ## Format the code and fix what can be fixed
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

words: .venv/dev ## Find marked strings, and compile the catalogues
	$(BIN)/python -m tests.words

bench: .venv/dev ## Measure what tokens cost, what a process carries and what grows (PARTS="memory cold", QUICK=1)
	$(BIN)/python -m tests.bench $(if $(QUICK),--quick) $(PARTS)

MINUTES ?= 120

soak: .venv/dev ## Cut and stop at random for MINUTES=120, and print what grows
	tests/services.sh
	$(BIN)/python -m tests.faults.soak $(MINUTES)

# The recorded drafts that `make eval` judges and `make calibrate` fits to.
CASCADE_SHARED ?= ../shared
RECORDS = $(wildcard $(CASCADE_SHARED)/evals/data*/dev/*.jsonl.gz)

var/eval-records.jsonl.gz:
	@[ -n "$(RECORDS)" ] || { \
		echo "There are no recordings in $(CASCADE_SHARED)/evals. Set CASCADE_SHARED to the folder that holds evals/." >&2; \
		exit 1; }
	@mkdir -p var
	@cat $(RECORDS) > $@

eval: .venv/dev var/eval-records.jsonl.gz ## Judge the recorded drafts of CASCADE_SHARED and print how good the decisions are
	$(BIN)/python manage.py judge --input var/eval-records.jsonl.gz --output var/eval-decisions.jsonl
	$(BIN)/python manage.py watch --input var/eval-records.jsonl.gz
	$(BIN)/python $(CASCADE_SHARED)/evals/score.py --pack $(CASCADE_SHARED)/evals/data*/dev \
		--decisions var/eval-decisions.jsonl --boot 0

# Not fitted to: AlpacaEval, whose licence is non-commercial; MATH level 5, where the strong model fails
# most of what the weak one fails, so that correctness is not the question; code, whose text tells little.
LEFT_OUT := alpacaeval math5 crux humaneval

calibrate: .venv/dev ## Fit the shipped numbers of the decision to the recorded drafts again
	$(BIN)/python manage.py calibrate --input $(RECORDS) --leave-out $(LEFT_OUT)

# With the extras in their names: pip would take a newer release for a name with an extra that the
# lock gives without, and refuse it for want of a hash.
COMPILE := $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 --no-strip-extras \
	--generate-hashes --no-emit-index-url --custom-compile-command "make lock"

lock: ## Lock the dependencies of pyproject.toml again (needs uv)
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --extra traces --constraint requirements.lock --output-file requirements-traces.lock
	$(COMPILE) --extra traces --group dev --constraint requirements-traces.lock --output-file requirements-dev.lock
	@mkdir -p var
	$(COMPILE) --extra traces --resolution lowest-direct --output-file var/floors.txt
	$(COMPILE) --extra traces --group dev --constraint var/floors.txt --output-file requirements-floors.lock
	@echo "Now run make licences, which installs it, and look at what is new."

floors: var/floors/installed ## Run the tests with the lowest releases that pyproject.toml allows
	var/floors/bin/pytest $(addprefix --ignore=tests/,bench browser faults) --deselect tests/test_supply.py

var/floors/installed: requirements-floors.lock
	@mkdir -p var && rm -rf var/floors && python3.11 -m venv var/floors
	var/floors/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

# Strict: of an index that tells nothing of a package it says so and fails, instead of finding nothing.
AUDIT = $(UV) tool run pip-audit --strict --disable-pip --require-hashes --requirement requirements-traces.lock

audit: ## Ask PyPI for known holes in what is locked (needs uv); fails also where it could not ask
	@mkdir -p var
	@$(AUDIT) >var/audit.txt 2>&1 && cat var/audit.txt || { cat var/audit.txt >&2; \
		! grep -qiE "could not be audited|connection|timed out" var/audit.txt || \
		echo "PyPI could not be asked from here, so nothing is known of these releases. Run it where it can be." >&2; \
		exit 1; }

sbom: .venv/dev ## Write var/sbom.json: what runs, with versions, licences and hashes (CycloneDX)
	@mkdir -p var
	$(BIN)/python -m ops.supply sbom > var/sbom.json

licences: .venv/dev ## Write docs/licences.md again, as after another lock
	$(BIN)/python -m ops.supply licences > docs/licences.md

clean: ## Remove what can be made again; the database and the key in var/ stay
	rm -rf .venv var/floors var/floors.txt var/audit.txt var/sbom.json var/bench.json var/eval-* var/mypy var/pytest var/ruff var/hypothesis var/screenshots var/static var/coverage
	find . -name __pycache__ -prune -exec rm -rf {} +

INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement

.venv/run: requirements.lock
	@for python in python3.11 python3; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			exec $$python -m venv .venv; \
		fi; \
	done; echo "Python 3.11 or newer is needed, and neither python3.11 nor python3 is." >&2; exit 1
	$(INSTALL) requirements.lock
	@touch $@

.venv/dev: requirements-dev.lock .venv/run
	$(INSTALL) requirements-dev.lock
	@touch $@
