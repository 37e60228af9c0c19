# Everything a developer does here. Each target makes what it needs: a Debian 12 with python3, make and git is enough.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DISTRIBUTIONS := -e 'packages/orlop[gate,http,s3,swift]' -e 'packages/glance-store[cinder,s3,swift]'
CORE := tests/core tests/lifecycle tests/support
SOURCES := $(wildcard packages/*/pyproject.toml) requirements-dev.txt

.DEFAULT_GOAL := help
.PHONY: help venv demo lint check test real others coverage gate bench docs clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/installed ## store a real image, read it back, find damage in it (KEEP=1 keeps the images)
	@$(BIN)/python -m demo

lint: $(VENV)/installed ## look at the code: ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint ## lint, and every test that needs no server (under two minutes)
	$(BIN)/python -m pytest -q -n auto -m 'not server and not slow'

test: $(VENV)/installed-docs ## every test, on real servers and file systems, and the coverage of the core (root installs them)
	$(BIN)/python -m servers.install
	@status=0; $(MAKE) --no-print-directory --keep-going -j2 coverage others || status=1; \
	$(MAKE) --no-print-directory real || status=1; exit $$status

real: $(VENV)/installed-docs
	$(BIN)/python -m pytest -m 'server or slow' --junitxml=build/test.xml \
		$(if $(WITHOUT_GATES),$$($(BIN)/python -m ci gates | sed 's/^/--ignore=/'))

others: $(VENV)/installed
	$(BIN)/python -m pytest -q -n auto -m 'not server and not slow' --junitxml=build/check.xml $(CORE:%=--ignore=%)

coverage: $(VENV)/installed ## how much of the core its own tests run; less than 95 % of the branches is a failure
	@mkdir -p build
	$(BIN)/coverage run --data-file=build/coverage -m pytest -q -p no:cacheprovider -m 'not server' $(CORE)
	$(BIN)/coverage report --data-file=build/coverage --fail-under=95 \
		--omit='*/orlop/drivers/*,*/orlop/cli/*,*/orlop/gate/*,*/orlop/skeleton/*'

gate: $(VENV)/installed ## the voting job of every driver on real backends (DRIVER=file: one; CHANGED=1: what changed; KEEP=1)
ifdef DRIVER
	@$(BIN)/python -m ci gate --driver '$(DRIVER)' $(if $(KEEP),--keep)
else ifdef PACKAGE
	@$(BIN)/python -m ci package '$(PACKAGE)'
else
	@$(BIN)/python -m ci jobs $(if $(CHANGED),,--all) $(if $(KEEP),--keep)
endif

bench: $(VENV)/installed ## measure
	$(BIN)/python -m bench

docs: $(VENV)/installed-docs ## build the documentation into docs/_build; a warning is an error
	$(BIN)/sphinx-build --fail-on-warning --keep-going --nitpicky -q -b html docs docs/_build
	@echo "open docs/_build/index.html"

clean: ## remove what was built here, the virtual environment too
	rm -rf $(VENV) build docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv: $(VENV)/installed ## only make the virtual environment

$(VENV)/installed: $(SOURCES)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed; this is $$($(PYTHON) -V). Name another: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || .ci/install python3-venv
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check $(DISTRIBUTIONS) -r requirements-dev.txt
	$(BIN)/python -m servers.ceph_modules
	@touch $@

$(VENV)/installed-docs: $(VENV)/installed requirements-docs.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-docs.txt
	@touch $@
