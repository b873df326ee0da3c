# Two commands: `make demo` shows the study digits, `make test` runs the whole suite.
PYTHON ?= python3
PORT ?= 8501
STUDY ?= digits
# PyTorch's CPU wheels, where the index at hand has only CUDA ones:
#   make setup TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=

BIN := .venv/bin
READY := .venv/.ready

.PHONY: setup build demo test lint bench docs clean
.DEFAULT_GOAL := demo

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		$(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) \
		--constraint constraints.txt --editable '.[precompute,dev]'
	@touch $@

setup: $(READY)

build: setup
	$(BIN)/python -m precompute build $(STUDY)

demo: build
	$(BIN)/python -m precompute serve $(STUDY) --port $(PORT) --edit

test: setup
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(TESTS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m precompute bench

docs: setup
	$(BIN)/python docs/generate.py

clean: setup
	$(BIN)/python -m precompute clean
