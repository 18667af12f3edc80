# The verbs of the project. Everything they need is brought up by dev/, once, and kept
# in the cache folder: FUNNEL_CACHE=/folder moves it, ODOO_HOME=/folder uses an Odoo 19
# that is there already, FUNNEL_PORT=8070 serves on another port.

# Debian's before one that is built on the machine: those are mostly built without the
# optimizations that make Odoo's tests a tenth faster.
PYTHON ?= $(or $(wildcard /usr/bin/python3),python3)
DEV = $(PYTHON) -m dev
VERBS = run test lint format bench e2e i18n i18n-check screenshots wheel clean clean-cache

.PHONY: help $(VERBS)
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / {printf "  make %-12s %s\n", $$1, $$2}' \
	    $(MAKEFILE_LIST)

run: python ## serve Odoo with the demo company on 127.0.0.1:8069
	@$(DEV) run

test: python ## everything that must pass: lint, addon, Odoo's own runner, end to end
	@$(DEV) test

lint: python ## ruff, pylint-odoo, prettier, mypy and OCA's checks
	@$(DEV) lint

format: python ## lay out Python, XML, JavaScript and styles as lint wants them
	@$(DEV) format

bench: python ## measure beside Odoo's core and OCA; ARGS="..." go to bench/run.py
	@$(DEV) bench $(ARGS)

e2e: python ## the end-to-end tests alone; ARGS="-k name" choose some
	@$(DEV) e2e $(ARGS)

i18n: python ## export the .pot and merge it into zh_CN.po and zh_TW.po
	@$(DEV) i18n

i18n-check: python ## fail when a text is untranslated or the .pot is out of date
	@$(DEV) i18n --check

screenshots: python ## photograph the main screens for README and the Apps page
	@$(DEV) screenshots

wheel: python ## build the addon's wheel into dist/
	@$(DEV) wheel

clean: python ## remove what this clone made: its databases, logs, dist/
	@$(DEV) clean

clean-cache: python ## remove the whole cache: Odoo, PostgreSQL and every database in it
	@$(DEV) clean --cache

# All else is looked after by dev/, which is Python itself.
.PHONY: python
python:
	@command -v $(PYTHON) >/dev/null || { \
	    echo "Installing Python" && \
	    if [ "$$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi && \
	    $$sudo apt-get -qq update && \
	    $$sudo apt-get -qq install --yes python3 python3-venv >/dev/null; } || { \
	    echo "$(PYTHON) is missing. Debian's package: python3-venv" >&2; exit 1; }
