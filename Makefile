PORT ?= 8000
UV ?= uv
BIN := .venv/bin

# Where the tests find what they need; tests/services.sh makes sure of it.
export CHROMIUM ?= chromium
export TEST_REDIS_URL ?= redis://127.0.0.1:6379
export TEST_DATABASE_URL ?= postgres://cascade:cascade@127.0.0.1:5432/postgres

.PHONY: help run test lint format bench soak eval calibrate lock clean

help: ## List these commands
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST)

run: .venv/run ## Start the chat on 127.0.0.1 and print a sign-in link (PORT=8000)
	@set -a; [ ! -f .env ] || . ./.env; exec $(BIN)/python manage.py serve --port $(PORT)

test: .venv/dev ## Run every test, those that touch the database on PostgreSQL as well
	tests/services.sh
	$(BIN)/pytest
	DATABASE_URL=$(TEST_DATABASE_URL) $(BIN)/pytest -m database --ignore=tests/browser

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

bench: .venv/dev ## Measure what a streamed chunk costs, and how long the costs pages take
	$(BIN)/python -m tests.bench.costs
	$(BIN)/python -m tests.bench.parsers
	$(BIN)/python -m tests.bench

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
	$(COMPILE) --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## Remove what can be made again; the database and the key in var/ stay
	rm -rf .venv var/bench.json var/eval-* var/mypy var/pytest var/ruff var/hypothesis var/screenshots var/static var/coverage
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
