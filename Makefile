# The verbs of Errata. `make run` and `make test` work on a fresh machine: Python 3.11 or newer, make, git.

VENV := .venv
PY := $(VENV)/bin/python
SHELL := /bin/sh

.DEFAULT_GOAL := help
.PHONY: help run test test-long check format bench clean venv venv-dev

help:  ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: venv  ## serve Errata on http://127.0.0.1:8501 (PORT=... another, ERRATA_DEMO=0 without the demo set)
	@exec $(PY) -m core serve

# Two files at a time: most tests wait. Not reordered, for then the longest, in the browser, would come last.
test: venv-dev  ## unit, journey, page and browser tests
	@$(PY) -m tests.browser.chromium
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-long: venv-dev  ## the tests that take minutes
	@$(PY) -m tests.browser.chromium
	@$(PY) -m pytest -m long --timeout 3600

check: venv-dev  ## ruff, format, mypy (strict on core and db), imports
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports

format: venv-dev  ## put the code into its format
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

bench: venv-dev  ## list the benches; each runs as `.venv/bin/python -m bench.<name>`
	@for file in bench/*.py; do \
	  case "$$file" in */__init__.py) continue;; esac; \
	  name=$$(basename "$$file" .py); \
	  printf '%-28s %s\n' "bench.$$name" "$$(sed -n '1s/^"*//;1s/"*$$//;1p' "$$file")"; \
	done

clean:  ## remove the virtual environment and the caches; data under ERRATA_HOME stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache test-results

# The stamp holds the checksum of the requirements that were installed, so a second `make run` starts at once.
venv:
	@sh .ci/install requirements.txt

venv-dev:
	@sh .ci/install requirements-dev.txt
