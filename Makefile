# Everything builds and uses .venv/; a stamp makes the second call instant.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
OT_VENV := .venv-opentrons
OT_STAMP := $(OT_VENV)/.installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types contracts docs reference bench bench-scheduling bench-stalls bench-analytics bench-drivers drivers-report bench-optimizers campaign soak schema coverage real-files recipes lock opentrons-env clean

help: ## show the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

setup: $(STAMP) ## make .venv with everything pinned

$(STAMP): requirements/dev.txt pyproject.toml tools/setup.sh
	@sh tools/setup.sh "$(PYTHON)" "$(VENV)" requirements/dev.txt editable
	@touch $@

demo: $(STAMP) ## run a plate of 96 syntheses in the simulator
	@$(BIN)/ncrobot run protocols/au25_pmba_portions.yaml \
	  --conditions protocols/au25_pmba_portions.csv --deck deck_layouts/starlet_96.yaml

test: $(STAMP) ## run the tests
	@$(BIN)/pytest -q -n 3 --dist loadfile

lint: $(STAMP) ## check style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP) ## check types, strictly
	@$(BIN)/mypy

contracts: $(STAMP) ## check who imports whom
	@$(BIN)/lint-imports

docs: $(STAMP) ## build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

schema: $(STAMP) ## write the published JSON schemas anew
	@for kind in protocol plan schedule deck notifications; do \
	  $(BIN)/ncrobot schema $$kind > docs/schema/$$kind.schema.json; done

reference: $(STAMP) ## write the reference pages of the documentation anew
	@$(BIN)/python tools/make_reference.py

real-files: $(STAMP) ## fetch real instruments' files, which tests then read (needs the network)
	@$(BIN)/python tools/fetch_real_files.py

coverage: $(STAMP) ## write the page that tells which recipes the language covers anew
	@$(BIN)/python tools/make_coverage.py

recipes: $(STAMP) ## plan, audit, schedule and simulate every shipped recipe; results/recipes.json
	@$(BIN)/ncrobot recipes --try --complete --jobs "$$(nproc 2>/dev/null || echo 2)"

bench: $(STAMP) $(OT_STAMP) ## run the benchmarks; figures go to results/
	@$(BIN)/python -m benchmarks

bench-scheduling: $(STAMP) ## compare the scheduler with its peers; results/scheduling.json
	@$(BIN)/python -m benchmarks.scheduling

soak: $(STAMP) ## an hour through the wire; kill plates and campaigns; let devices fail at random; hours
	@$(BIN)/python -m benchmarks.drivers.soak --minutes 60
	@$(BIN)/python -m benchmarks.crash --publish
	@$(BIN)/python -m benchmarks.crash --plate gas --publish
	@$(BIN)/python -m benchmarks.faults --sequences 10000 --publish
	@$(BIN)/python -m benchmarks.campaign_deaths --deaths 50 --publish

bench-stalls: $(STAMP) ## stall the arm at random points of whole plates; results/stalls.json
	@$(BIN)/python -m benchmarks.stalls --publish

drivers-report: $(STAMP) ## work with every driver at its emulator; results/drivers.json
	@$(BIN)/python -m benchmarks.drivers.report

bench-drivers: $(STAMP) ## time the drivers' line beside a bare one; results/wire.json
	@$(BIN)/python -m benchmarks.drivers.overhead

bench-analytics: $(STAMP) ## time the analysis of spectra beside bare libraries; results/analytics.json
	@$(BIN)/python -m benchmarks.analytics

bench-optimizers: $(STAMP) ## race optimizers on three responses; results/optimizers.json
	@$(BIN)/python -m benchmarks.optimizers

campaign: $(STAMP) ## run a campaign of five plates in the simulator; results/campaign.json
	@rm -rf runs/campaign
	@$(BIN)/ncrobot campaign run campaigns/au25.campaign.yaml \
	  --database runs/campaign/campaign.sqlite -o results/campaign.json

opentrons-env: $(OT_STAMP) ## make .venv-opentrons, where the opentrons package lives

$(OT_STAMP): requirements/opentrons.txt tools/setup.sh
	@sh tools/setup.sh "$(PYTHON)" "$(OT_VENV)" requirements/opentrons.txt plain
	@touch $@

lock: ## pin the newest versions that the bounds allow (no addresses are written)
	@$(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install -q uv
	@.venv-lock/bin/uv pip compile -q --upgrade --universal --python-version 3.11 \
	  --no-annotate --no-header --group dev pyproject.toml -o requirements/dev.txt
	@echo "opentrons==9.0.0" | .venv-lock/bin/uv pip compile -q --upgrade --python-version 3.11 \
	  --no-annotate --no-header - -o requirements/opentrons.txt
	@rm -rf .venv-lock

clean: ## remove environments, caches and results
	rm -rf $(VENV) $(OT_VENV) site dist build results .mypy_cache .ruff_cache .pytest_cache \
	  .hypothesis .import_linter_cache
