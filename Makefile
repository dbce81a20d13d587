# TDOT. `make run` starts the dashboard, `make test` runs every test; both install what is missing first, and nothing the
# second time. Works with GNU make 3.81 (macOS) and later.
#
#   make run PORT=8601             another port              make test PYTEST_ARGS="tests/maths -x"   some tests
#   make run PYTHON=python3.12     another Python            make check                               the quick tests
#                                                            make lint                                ruff and mypy

PYTHON = python3
PORT = 8501
ARGS =
PYTEST_ARGS =

VENV = .venv
BIN = $(VENV)/bin
# What `make check` runs: rooms whose tests start no process and train nothing.
CHECKED = tests/maths tests/metrics tests/ui tests/services/results tests/services/catalogue tests/services/storage \
	tests/services/datasets tests/priors tests/test_architecture.py tests/test_config.py tests/test_public.py tests/test_readme.py
# The environment's own Python once there is one, else the one to make it with.
PY = $(shell test -x $(BIN)/python && echo $(BIN)/python || echo $(PYTHON))
PIP_INSTALL = $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt

# A stamp's name holds the checksum of what was installed: changed requirements mean another stamp, hence one more install.
RUN_STAMP := $(VENV)/.installed-tdot-$(shell cat requirements.txt constraints.txt | cksum | cut -d' ' -f1)
TEST_STAMP := $(VENV)/.installed-test$(if $(CI),-ray)-$(shell cat requirements.txt requirements-test.txt requirements-ray.txt requirements-umap.txt constraints.txt | cksum | cut -d' ' -f1)
# Continuous integration tests the Ray launcher too; elsewhere its tests run where Ray is there already.
TEST_REQUIREMENTS = -r requirements.txt -r requirements-test.txt $(if $(CI),-r requirements-ray.txt -r requirements-umap.txt)

.PHONY: help run test check lint check-python check-port check-chromium

help:
	@echo "make run    start the dashboard (PORT=8601 for another port, PYTHON=python3.12 for another Python)"
	@echo "make test   run the whole test suite"
	@echo "make check  run the tests that take less than three minutes together: no browser, no trainings, no kills"
	@echo "make lint   check style and types"

run: check-port $(RUN_STAMP)
	@$(BIN)/python -m streamlit run app.py --server.port $(PORT) $(ARGS)

test: $(TEST_STAMP) check-chromium
	@$(BIN)/python -m tests $(PYTEST_ARGS)

check: $(TEST_STAMP)
	@$(BIN)/python -m pytest -q -p tests.parts -n auto --dist loadfile $(CHECKED) $(PYTEST_ARGS)

lint: $(TEST_STAMP)
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy

check-python:
	@command -v $(PY) >/dev/null 2>&1 || { echo "$(PY) was not found: install Python 3.11 or newer, or name yours with PYTHON=/path/to/python3." >&2; exit 1; }
	@$(PY) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and "TDOT needs Python 3.11 or newer, but %s is Python %d.%d: name a newer one with PYTHON=python3.12, and delete $(VENV) if it was made by this one." % (sys.executable, v[0], v[1]))'

check-port: check-python
	@$(PY) -c 'import socket, sys; p = sys.argv[1]; p.isdigit() and 0 < int(p) < 65536 or sys.exit("PORT takes a number from 1 to 65535, found %r." % p); sys.exit(socket.socket().connect_ex(("127.0.0.1", int(p))) == 0 and "Port %s is in use, perhaps by another TDOT: stop that one, or choose a free port with make run PORT=%d." % (p, int(p) + 100 if int(p) < 65436 else 8601))' "$(PORT)"

# Playwright brings its own Chromium only when asked; a system-wide one serves as well.
check-chromium: $(TEST_STAMP)
	@for name in chromium chromium-browser google-chrome chrome; do command -v $$name >/dev/null 2>&1 && exit 0; done; \
	$(BIN)/python -c 'import os, sys; from playwright.sync_api import sync_playwright as start; p = start().start(); found = os.path.exists(p.chromium.executable_path); p.stop(); sys.exit(not found)' || \
	echo "No Chromium was found, so the browser tests will be skipped: get one with $(BIN)/playwright install chromium." >&2

$(BIN)/python:
	@$(MAKE) -s check-python
	@$(PY) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PY) has no venv module: install it (Debian and Ubuntu: apt install python3-venv), or name another Python with PYTHON=/path/to/python3." >&2; exit 1; }
	@$(PY) -m venv --clear $(VENV)

$(RUN_STAMP): | $(BIN)/python
	@echo "Installing into $(VENV): once, some minutes; up to 6 GB with the CUDA build of torch (README shows the CPU-only one)."
	@$(PIP_INSTALL) -r requirements.txt -e . || { echo "The installation failed; pip's last lines above say why. Mend it and call make again." >&2; exit 1; }
	@touch $@

$(TEST_STAMP): $(RUN_STAMP)
	@$(PIP_INSTALL) $(TEST_REQUIREMENTS) || { echo "The installation of the test extras failed; pip's last lines above say why. Mend it and call make again." >&2; exit 1; }
	@touch $@
