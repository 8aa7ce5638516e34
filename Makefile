# Orgwork. `make` says what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help setup run test check bench lock messages glossary format

help: ## what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | awk -F'\t' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: ## Orgwork and its development tools into .venv (command: .venv/bin/orgwork)
	@scripts/setup.sh

run: setup ## the demo if there are no data yet, then the server; prints the address
	@scripts/run.sh

test: setup ## all tests, on SQLite and on PostgreSQL
	@scripts/test.sh $(ARGS)

check: setup ## format, lint, templates, migrations, floors, types, known vulnerabilities
	@scripts/check.sh

bench: setup ## the measurements of benchmarks/ (ARGS="--people 100000")
	@.venv/bin/python -m benchmarks $(ARGS)

lock: ## pin what pyproject.toml asks for (UPGRADE=--upgrade for newer versions)
	@scripts/lock.sh

messages: setup ## collect the sentences to translate into locale/*/LC_MESSAGES/django.po
	@.venv/bin/python scripts/translations.py extract

glossary: setup ## docs/glossary.md from docs/glossary.csv
	@.venv/bin/python scripts/glossary.py

format: setup ## let ruff lay out the code
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .
