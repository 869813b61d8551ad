# Everything that a person does with this checkout. `make` lists it.
# Each target makes what it needs first; environments are made again only when their requirements change.

SHELL := /bin/bash -o pipefail
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

# uv from PATH if it works there, else our own below build/.
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo build/uv/bin/uv)
UV_READY := $(filter build/%,$(UV))
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
export MAVEN_OPTS ?= -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
MVN := mvn -B -ntp -f java/pom.xml

# Stacks of the tests, beside one that a developer may have running.
INTEGRATION_STACK := TIDEMARK_PORT_BASE=21000 TIDEMARK_HOME=$(CURDIR)/build/integration-stack-21000

LAKEHOUSE := .venv/.lakehouse
DEV := .venv/.dev
FLINK := .venv-flink/.flink
BENCH := .venv-bench/.bench

.PHONY: help
help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Run

.PHONY: demo verify up down jobs
demo: $(LAKEHOUSE) $(FLINK) ## the whole platform on a live view; CAPTURE=folder, EXCHANGE=live, ARGS=...
	@$(BIN)/tidemark demo $(if $(CAPTURE),--capture $(CAPTURE)) $(if $(EXCHANGE),--exchange $(EXCHANGE)) $(ARGS)

verify: $(LAKEHOUSE) $(FLINK) ## prove every row of a replay on the stack; CAPTURE=folder, ARGS="--kill taskmanager"
	@test -n "$(CAPTURE)" || { echo "verify: expected CAPTURE=folder of capture files, found none"; exit 2; }
	@$(BIN)/tidemark up
	@$(BIN)/tidemark verify --capture $(CAPTURE) $(ARGS)

up: $(LAKEHOUSE) $(FLINK) ## start the local stack; SERVICES="kafka trino" for some of it
	@$(BIN)/tidemark up $(SERVICES)

down: $(LAKEHOUSE) ## stop the local stack; ARGS=--wipe forgets all data
	@$(BIN)/tidemark down $(ARGS)

jobs: $(LAKEHOUSE) ## make one jar a Flink job, to upload in its web UI
	@$(MVN) -q package -DskipTests
	@$(BIN)/tidemark jobs package

##@ Test

.PHONY: test test-affected speed test-unit test-property test-contract test-jvm test-stacked test-integration test-e2e test-deploy test-docs test-growth
RINGS := lint types test-unit test-property test-contract test-jvm test-stacked test-deploy test-docs test-growth
test: $(DEV) $(FLINK) ## style, types and every ring, innermost first; ends with times, and what failed
	@trap 'exit 130' INT TERM; failed=""; times=""; begun=$$SECONDS; \
	for ring in $(RINGS); do since=$$SECONDS; $(MAKE) $$ring || failed="$$failed $$ring"; \
	  times="$$times$$(printf '%6d s  %s' $$((SECONDS - since)) $$ring)\n"; done; \
	printf "$$times%6d s  in all\n" $$((SECONDS - begun)); $(MAKE) speed; \
	if [ -n "$$failed" ]; then echo "failed:$$failed" >&2; exit 1; fi; echo "passed: $(RINGS)"

test-affected: $(DEV) $(FLINK) ## only what a change since BASE (main) touches; ARGS=--list names it
	@$(BIN)/python -m tests.support.affected $(if $(BASE),--base $(BASE)) $(ARGS)

speed: $(DEV) ## how fast this machine is: times of different machines compare by it
	@$(BIN)/python -c "import time; t = time.perf_counter(); sum(range(10**8)); \
	  print(f'this machine: sum(range(10**8)) takes {time.perf_counter() - t:.1f} s')"

# A ring that has no tests yet is no failure (pytest ends with 5 then).
ring = @echo "== $(1)"; if [ -d tests/$(1) ]; then $(PYTEST) $(2) $(or $(TESTS),tests/$(1)) $(ARGS) || [ $$? -eq 5 ]; fi
# Of rings whose tests share nothing, a process a core.
SPREAD := --numprocesses logical --dist worksteal
# A few failures are reported beside what passes; more of them mean that the stack is dead, and each
# test would wait for it (ARGS=--maxfail=100 goes on). Whatever happened, nothing of the stack goes on
# running.
# A test that hangs is ended with the traces of all threads.
TIMED := -v -o console_output_style=times --timeout=900 --durations=10 --durations-min=1
stacked = @echo "== $(1)"; code=0; $(2) $(PYTEST) $(TIMED) --maxfail=5 $(or $(TESTS),$(1:%=tests/%)) $(ARGS) || code=$$?; \
  $(2) $(BIN)/python -m tidemark down 2>/dev/null; [ $$code -eq 0 ] || [ $$code -eq 5 ]

test-unit: $(DEV) ## seconds; no network, no process
	$(call ring,unit,$(SPREAD))

test-property: $(DEV) ## laws, on generated examples
	$(call ring,property,$(SPREAD))

test-contract: $(DEV) ## what every implementation of a role must do
	$(call ring,contract,$(SPREAD))

test-jvm: ## the Java modules' own tests
	@echo "== jvm"; $(MVN) verify

test-stacked: $(DEV) $(FLINK) ## the next two rings, on one stack
	$(call stacked,integration e2e,$(INTEGRATION_STACK))

test-integration: $(DEV) $(FLINK) ## against a real stack on ports of its own
	$(call stacked,integration,$(INTEGRATION_STACK))

test-e2e: $(DEV) $(FLINK) ## what a person clicks, in a real browser
	$(call stacked,e2e,$(INTEGRATION_STACK))

test-deploy: $(DEV) ## manifests and configuration
	$(call ring,deploy)

test-docs: $(DEV) ## every command and path that the documents name
	$(call ring,docs)

test-growth: $(DEV) ## what a new type of record and a new exchange take, added to a copy of the project
	$(call ring,growth,--numprocesses logical --dist loadfile)

.PHONY: proofs run-proofs
PROOF_STACK := TIDEMARK_PORT_BASE=21600 TIDEMARK_HOME=$(CURDIR)/build/integration-stack-21600
proofs: $(DEV) $(FLINK) ## proofs that are long by nature, over two hours: random seeds, planted faults, whole recordings
	@echo "the last run here: $$(cat build/proofs.txt 2>/dev/null || echo none)"
	@mkdir -p build; if $(MAKE) run-proofs; then end=held; else end=failed; fi; \
	  echo "$$(date -u +%FT%TZ), $$(git describe --always --dirty): $$end" | tee build/proofs.txt; [ $$end = held ]

run-proofs:
	$(call stacked,proofs,$(PROOF_STACK))

##@ Measure

bench-%: $(DEV) $(FLINK) $(BENCH)
	@test -x benchmarks/$*/run || { echo "bench-$*: expected benchmarks/$*/run, found none; there are: $$(ls benchmarks)"; exit 2; }
	@benchmarks/$*/run $(ARGS)

.PHONY: bench
bench: ## list the benchmarks; each runs as bench-NAME
	@for run in benchmarks/*/run; do [ -x "$$run" ] && echo "bench-$$(basename $$(dirname $$run))"; done; true

##@ Keep

.PHONY: lint types lock clean
lint: $(DEV) ## style, format and the rings of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

types: $(DEV) ## mypy --strict
	@$(BIN)/mypy

COMPILE = UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile -q --python-version 3.11 --generate-hashes
lock: $(UV_READY) ## pin all requirements again with their hashes; ARGS=--upgrade for new versions
	$(COMPILE) $(ARGS) pyproject.toml --extra flink -o requirements/flink.txt
	$(COMPILE) $(ARGS) pyproject.toml --extra lakehouse -o requirements/lakehouse.txt
	$(COMPILE) $(ARGS) pyproject.toml --extra lakehouse --extra dev -o requirements/dev.txt
	$(COMPILE) $(ARGS) pyproject.toml --extra bench -o requirements/bench.txt
	echo "hatchling>=1.25 editables" | tr ' ' '\n' | $(COMPILE) $(ARGS) --no-annotate - -o requirements/build.txt
	echo "uv>=0.9" | $(COMPILE) $(ARGS) --no-annotate - -o requirements/uv.txt

clean: ## remove what was built; the stack's data and the environments stay
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find java -name target -type d -prune -exec rm -rf {} +

# Environments. `install` adds to what is there, so that a running program keeps what it uses.
INSTALL = $(UV) pip install --python $(1)/bin/python --require-hashes -r $(2)
# The project itself, importable and with its command, from the checkout.
EDITABLE = $(UV) pip install -q --python $(1)/bin/python --no-deps --build-constraints requirements/build.txt -e .
CREATE = echo "environment $(1): $(2)"; test -x $(1)/bin/python || $(UV) venv -q --python 3.11 $(1)

$(LAKEHOUSE): requirements/lakehouse.txt requirements/build.txt pyproject.toml | $(UV_READY)
	@$(call CREATE,.venv,$<)
	@$(call INSTALL,.venv,$<)
	@$(call EDITABLE,.venv)
	@touch $@

$(DEV): requirements/dev.txt $(LAKEHOUSE)
	@$(call CREATE,.venv,$<)
	@$(call INSTALL,.venv,$<)
	@touch $@

$(FLINK): requirements/flink.txt requirements/build.txt pyproject.toml | $(UV_READY)
	@$(call CREATE,.venv-flink,$<)
	@$(call INSTALL,.venv-flink,$<)
	@$(call EDITABLE,.venv-flink)
	@touch $@

$(BENCH): requirements/bench.txt | $(UV_READY)
	@$(call CREATE,.venv-bench,$<)
	@$(call INSTALL,.venv-bench,$<)
	@touch $@

.PHONY: .venv-flink
.venv-flink: $(FLINK)

build/uv/bin/uv: requirements/uv.txt
	@echo "uv is not on PATH: installing it below build/uv"
	@python3 -m venv build/uv
	@build/uv/bin/pip install -q --require-hashes -r $<
	@touch $@
