# Two commands: `make demo` shows the main job, `make test` runs everything that CI runs.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= $(shell for p in python3.12 python3.11 python3; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null \
	&& { echo "$$p"; break; }; done)
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: demo test bench generate setup lock clean

setup: $(STAMP)

$(STAMP): requirements.lock requirements-build.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or 3.12 is needed and was not found; set PYTHON=..."; exit 1; }
	$(PYTHON) -m venv --clear .venv
	# The build tools first: durable-rules comes as source and is built with them, not with what
	# an isolated build would fetch without a hash.
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-build.lock
	$(BIN)/python -m pip install --quiet --require-hashes --no-build-isolation -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $(STAMP)

clean:
	rm -rf .venv out build dist

demo: setup
	@rm -rf out/demo
	$(BIN)/msp-rules scan rulesets/msp-core/cases --out out/demo || test $$? -eq 2
	@echo "Open out/demo/results.csv in a spreadsheet; out/demo/results.json holds everything."

generate: setup
	$(BIN)/msp-rules generate

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict rulesets
	$(BIN)/msp-rules check --strict msp-core
	$(BIN)/msp-rules test rulesets/example-council
	$(BIN)/msp-rules check --strict rulesets/example-council
	$(BIN)/msp-rules lock --check msp-core
	$(BIN)/msp-rules generate --check
	$(BIN)/pytest -n 2

bench: setup
	$(BIN)/python -m benchmarks.run --out out/benchmark.json

lock:
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra durable --universal --python-version 3.11 \
		--generate-hashes --no-header --no-emit-index-url --no-annotate --quiet --output-file requirements.lock
	$(BIN)/uv pip compile requirements-build.in --constraint requirements.lock --universal --python-version 3.11 \
		--generate-hashes --no-header --no-emit-index-url --no-annotate --quiet \
		--output-file requirements-build.lock
