# `make demo` shows the main job. Three commands check the work: `make quick` while one writes, `make
# test` before it is handed in (it is all that CI runs), `make test-all` before a release.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
# A second run reads the tests as pytest compiled them in the first one, in half the time.
unexport PYTHONDONTWRITEBYTECODE
# From 3.13 on durable_rules is not to be had, and its twin in Python answers alone: so the others first.
PYTHON ?= $(shell for p in python3.12 python3.11 python3.13 python3; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& { echo "$$p"; break; }; done)
BIN := .venv/bin
STAMP := .venv/.installed
PLUGINS := $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))

# Tests of one module stay in one process, so that what they share is made once. The modules keep their
# order: by the number of their tests, few long ones would come last, and one process would wait.
PROCESSES ?= 2
PYTEST := $(BIN)/pytest -q -n $(PROCESSES) --dist loadscope --no-loadscope-reorder
SLOWEST := --durations=20 --durations-min=0.1
# What carries none of the marks that pyproject.toml explains.
QUICK := not (slow or killed or browser or postgresql or wheel or fuzz or thorough)
THOROUGH :=
TIMED := TIMEFORMAT='%R s, with %U s (user) and %S s (system) of processor time'; time
EVERY_PYTHON := python3.11 python3.12 python3.13

PACKED := msp_rules rulesets build_hooks.py pyproject.toml README.md LICENSE
WHEEL_TESTS := $(BIN)/pytest -q tests/acceptance/test_wheel.py tests/acceptance/test_installing.py
COMPILED := build/compiled
PEERS := build/peers
# The straight-line code of the core ruleset is compiled with the package. (The C compiler's warnings, of
# code that mypyc writes, are nobody's to heed; to look for them took three minutes of that one file.)
SHIPPED_CODE := msp_rules/engine/straight/shipped_code.py
SHIP_CODE = $(BIN)/python -m msp_rules.engine.straight.shipping rulesets/msp-core
COMPILED_SOURCES := $(shell find msp_rules rulesets -type f -not -name '*.pyc') build_hooks.py pyproject.toml

# The browser that the report page is opened in by its tests: from the system's packages where this
# user may install them. Where it may not, the tests of the page say so and are skipped.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && { apt-get update -qq || true; } \
	&& DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
	|| echo "No Chromium here, and no right to install one: the report page is not opened in a browser."

# What is installed with each extra, with hashes; `core` is the package without any.
RUNTIME_EXTRAS := cli reports memory postgresql durable speed parquet signing gherkin service tracing all
COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-annotate --quiet

.PHONY: sbom wheels browser demo quick test test-all style types imports rules tests compiled-tests \
	every-python long-runs golden bench bench-check bench-keep bench-desk bench-service generate setup lock clean compiled

setup: $(STAMP)

$(STAMP): requirements.lock requirements-build.lock pyproject.toml $(PLUGINS:%=%/pyproject.toml)
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed and was not found; set PYTHON=..."; exit 1; }
	$(PYTHON) -m venv --clear .venv
	# The build tools first: durable-rules comes as source and is built with them, not with what
	# an isolated build would fetch without a hash.
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-build.lock
	$(BIN)/python -m pip install --quiet --require-hashes --no-build-isolation -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	# The plug-ins, as a vendor's would be: found by their entry points.
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation $(PLUGINS:%=--editable ./%)
	touch $(STAMP)

clean:
	rm -rf .venv out build dist

demo: setup
	@rm -rf out/demo
	# The cases are made up, so their ids may stand in the reports.
	$(BIN)/msp-rules scan rulesets/msp-core/cases --identify --out out/demo || test $$? -eq 2
	@echo "Open $(CURDIR)/out/demo/report.html in a browser; out/demo/report.xlsx is the same as a workbook."

generate: setup
	$(BIN)/msp-rules generate

quick: setup
	@$(TIMED) { $(MAKE) --no-print-directory -j2 --output-sync style types && $(PYTEST) -m "$(QUICK)"; }

test:
	@$(TIMED) { $(MAKE) --no-print-directory setup browser \
		&& $(MAKE) --no-print-directory -j2 --output-sync compiled style types imports rules \
		&& $(MAKE) --no-print-directory tests compiled-tests; }

test-all:
	@$(TIMED) { $(MAKE) --no-print-directory test THOROUGH=--thorough \
		&& $(MAKE) --no-print-directory long-runs every-python; }

style: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/yamllint --strict rulesets plugins

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports
	$(BIN)/lint-imports plugins/importlinter.toml

# As of a day: ends and reviews must not make an unchanged checkout fail.
rules: setup
	$(BIN)/msp-rules check --strict msp-core --today 2026-11-30
	$(BIN)/msp-rules test rulesets/example-council
	$(BIN)/msp-rules check --strict rulesets/example-council --today 2026-11-30
	$(BIN)/msp-rules lock --check msp-core
	$(BIN)/msp-rules adapter list
	$(BIN)/msp-rules check --strict example-procedure --overlay example-town --today 2026-11-30
	$(BIN)/msp-rules test example-procedure --overlay example-town
	$(BIN)/msp-rules generate --check

tests: setup
	$(PYTEST) $(SLOWEST) $(THOROUGH)

# The compiled floors are the same source: what is written down of their outputs, and what must hold
# of any rules and cases, is proven of them too.
compiled-tests: compiled
	MSP_RULES_COMPILED=1 $(PYTEST) $(SLOWEST) $(THOROUGH) -o pythonpath="$(COMPILED) ." \
		tests/golden tests/properties

# What could go on for ever: engine against oracle, and a host that is killed again and again.
long-runs: setup
	$(BIN)/python -m tests.properties.long_run --evaluations 1000000 --jobs $(PROCESSES)
	$(BIN)/python -m tests.support.kill_run --events 2000 --kills 25

# The quick tests under each Python that is here, in an environment of its own.
every-python: setup
	@for python in $(EVERY_PYTHON); do \
		if ! $$python -c "" 2>/dev/null; then echo "not run: no $$python"; continue; fi; \
		echo "The quick tests under $$python:"; \
		$(MAKE) --no-print-directory tests-under UNDER=$$python; \
	done

UNDER := python3
HOME_UNDER = build/under-$(UNDER)

.PHONY: tests-under
tests-under:
	$(UNDER) -m venv --clear $(HOME_UNDER)
	$(HOME_UNDER)/bin/python -m pip install --quiet --require-hashes -r requirements-build.lock
	$(HOME_UNDER)/bin/python -m pip install --quiet --require-hashes --no-build-isolation -r requirements.lock
	$(HOME_UNDER)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(HOME_UNDER)/bin/python -m pip install --quiet --no-deps --no-build-isolation $(PLUGINS:%=--editable ./%)
	$(HOME_UNDER)/bin/pytest -q -n $(PROCESSES) --dist loadscope -m "$(QUICK)"

# What the program gave before, against what it gives now (tests/golden/README.md).
golden: setup
	$(BIN)/python -m tests.golden.net --check

# The package with its hot floors compiled, in a folder of its own and from a copy of the source: no
# compiled module ever lies beside the source that it was made from, where it could go stale.
compiled: $(COMPILED)/.made

$(COMPILED)/.made: $(STAMP) $(COMPILED_SOURCES)
	rm -rf build/source $(COMPILED)
	mkdir -p build/source
	cp -r $(PACKED) build/source/
	$(SHIP_CODE) build/source/$(SHIPPED_CODE)
	CFLAGS=-w HATCH_BUILD_HOOKS_ENABLE=1 $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation \
		--target $(COMPILED) build/source
	touch $@

# One table of ratios: scans beside yardsticks, ten rules beside other engines, prompts, growth, memory.
bench: setup compiled $(PEERS)/.installed
	$(BIN)/python -m benchmarks.ratios --compiled $(COMPILED) --peers $(PEERS) --open-cases
	$(BIN)/python -m benchmarks.report_page --out out/report-page.json
	$(BIN)/python -m benchmarks.impact --out out/impact.json

# Fails where a scan has become slower by a tenth, beside the yardstick, than what is kept of it.
bench-check: setup compiled
	$(BIN)/python -m benchmarks.ratios --compiled $(COMPILED) --check benchmarks/kept_ratios.json

bench-keep: setup compiled
	$(BIN)/python -m benchmarks.ratios --compiled $(COMPILED) --cases 5000 --rounds 9 \
		--keep benchmarks/kept_ratios.json

# Other engines of rules, in a folder of their own: nothing here may lean on them.
$(PEERS)/.installed: requirements-peers.lock $(STAMP)
	rm -rf $(PEERS)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --target $(PEERS) \
		-r requirements-peers.lock
	touch $@

bench-desk: setup compiled
	$(BIN)/python -m benchmarks.desk --out out/desk.json
	PYTHONPATH=$(COMPILED):. $(BIN)/python -P -m benchmarks.desk --out out/desk-compiled.json
	$(BIN)/python -m benchmarks.desk_load --out out/desk-load.json
	PYTHONPATH=$(COMPILED):. $(BIN)/python -P -m benchmarks.desk_load --check --out out/desk-load-compiled.json

# A hundred requests a second for a minute, on ten thousand open cases in PostgreSQL.
bench-service: setup
	$(BIN)/python -m benchmarks.service --out out/service.json

lock:
	$(BIN)/python -m pip install --quiet uv
	$(COMPILE) pyproject.toml --extra dev --extra durable --output-file requirements.lock
	$(COMPILE) requirements-build.in --constraint requirements.lock --output-file requirements-build.lock
	$(COMPILE) requirements-sbom.in --output-file requirements-sbom.lock
	$(COMPILE) requirements-peers.in --constraint requirements.lock --output-file requirements-peers.lock
	mkdir -p locks
	$(COMPILE) pyproject.toml --constraint requirements.lock --output-file locks/core.lock
	for extra in $(RUNTIME_EXTRAS); do $(COMPILE) pyproject.toml --extra $$extra \
		--constraint requirements.lock --output-file locks/$$extra.lock; done

# The components of a full installation as CycloneDX, with licences and what needs what: of an
# environment that holds what the lock names and nothing else. What writes it has one of its own,
# since it brings libraries that nothing here may lean on.
sbom: build/sbom/.installed build/sbom-of/.installed
	mkdir -p dist
	build/sbom/bin/cyclonedx-py environment build/sbom-of/bin/python --pyproject pyproject.toml \
		--mc-type library --output-format JSON --spec-version 1.6 --output-reproducible --validate \
		--output-file dist/sbom.cdx.json
	@echo "dist/sbom.cdx.json"

build/sbom-of/.installed: locks/all.lock $(STAMP)
	$(PYTHON) -m venv --clear --without-pip build/sbom-of
	$(BIN)/python -m pip --python build/sbom-of/bin/python install --quiet --require-hashes --no-deps \
		-r locks/all.lock
	touch $@

build/sbom/.installed: requirements-sbom.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed and was not found; set PYTHON=..."; exit 1; }
	$(PYTHON) -m venv --clear build/sbom
	build/sbom/bin/python -m pip install --quiet --require-hashes -r requirements-sbom.lock
	touch $@

# A wheel for any platform, and one with compiled hot modules for this platform and Python; each is
# tried out in an empty folder, far from the checkout.
wheels: setup
	rm -rf dist/*.whl
	mkdir -p dist build
	rm -rf build/wheel-source && mkdir build/wheel-source
	cp -r $(PACKED) build/wheel-source/
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist build/wheel-source
	MSP_RULES_WHEEL=$$(ls $(CURDIR)/dist/*-any.whl) $(WHEEL_TESTS)
	$(SHIP_CODE) build/wheel-source/$(SHIPPED_CODE)
	CFLAGS=-w HATCH_BUILD_HOOKS_ENABLE=1 $(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation \
		--wheel-dir dist build/wheel-source
	MSP_RULES_WHEEL=$$(ls $(CURDIR)/dist/*.whl | grep -v -- -any.whl) $(WHEEL_TESTS)
	@ls dist/*.whl
