# Works with Python 3.11 or newer, make, and network to the package registry.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test check docs format clean

# torch is installed by its exact version first: a looser request takes builds with gigabytes of
# CUDA libraries where the index offers no CPU wheel by default.
$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check "$$(grep '^torch==' constraints.txt)"
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

demo: $(VENV)/.installed  ## Fit real handwritten digits and print the path of the report
	$(BIN)/isthmus demo --out demo-run

check: $(VENV)/.installed  ## Style and types: what pre-commit runs too
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: check  ## All tests; those that need data or a GPU say why they are skipped
	$(BIN)/pytest -n 2 --dist worksteal

docs: $(VENV)/.installed  ## The documentation in site/; a warning ends it
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

format: $(VENV)/.installed  ## Mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) site demo-run .pytest_cache .mypy_cache .ruff_cache build dist
