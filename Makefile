# Parley's commands. `make run` and `make test` set up what they need; the others are for developers.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out

.PHONY: help setup run test check bench demo screenshots translations icons package package-test clean

help:
	@echo "make run      set up and start Parley (without a screen or sound: the demonstration conversation)"
	@echo "make test     set up what the tests need and run them"
	@echo "make setup    only set up: $(BIN)/parley"
	@echo "make check    lint, types, architecture"
	@echo "make bench    every measurement, into $(OUT)/bench"
	@echo "make screenshots   the window in every state, light and dark, 100 % and 200 %, into $(OUT)/screenshots"
	@echo "make translations  the window's texts, for Qt Linguist, in app/i18n/translations, and .qm of them"
	@echo "make package       a program in one folder, dist/parley (PyInstaller); make package-test starts it"
	@echo "make icons         the program's icon in every size, from assets/icons/parley.svg"

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml scripts/setup.sh
	PYTHON=$(PYTHON) VENV=$(VENV) sh scripts/setup.sh run
	@touch $@

$(VENV)/.ready-test: $(VENV)/.ready
	PYTHON=$(PYTHON) VENV=$(VENV) sh scripts/setup.sh test
	@touch $@

run: setup
	@sh scripts/run.sh $(BIN)/parley $(OUT)/demo

# what needs a machine to itself (a sound server, the clock) runs after the rest, alone
SERIAL := device or realtime
test: $(VENV)/.ready-test
ifdef TESTS
	$(BIN)/python -m pytest $(TESTS)
else
	$(BIN)/python -m pytest -q -n auto -m "not ($(SERIAL))"
	$(BIN)/python -m pytest -q -m "$(SERIAL)"
endif

check: $(VENV)/.ready-test
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy
	$(BIN)/python -m pytest -q tests/test_layers.py

bench: $(VENV)/.ready-test
	$(BIN)/parley bench latency --out $(OUT)/bench/latency
	$(BIN)/parley bench echo --out $(OUT)/bench/echo
	$(BIN)/parley bench audio --out $(OUT)/bench/audio

demo: setup
	$(BIN)/parley demo --out $(OUT)/demo

screenshots: setup
	$(BIN)/python scripts/screenshots.py --out $(OUT)/screenshots

# every text of the window, for Qt's Linguist, and each finished parley_XX.ts made into the parley_XX.qm that is loaded
translations: setup
	for file in app/i18n/translations/*.ts; do \
		$(BIN)/pyside6-lupdate -no-obsolete -locations none $$(find app -name '*.py' | sort) \
			audio_io/notices.py engine/notices.py -ts "$$file" || exit; done
	for file in app/i18n/translations/*.ts; do [ "$$file" = app/i18n/translations/parley_en.ts ] || \
		$(BIN)/pyside6-lrelease "$$file" -qm "$${file%.ts}.qm" || exit; done

icons: setup
	$(BIN)/python scripts/make_icons.py

# in a virtual environment of its own; CI names the one that it has: what is in it besides is left out
PACKAGE_VENV ?= build/package-venv

$(PACKAGE_VENV)/.ready-package: pyproject.toml
	[ -x $(PACKAGE_VENV)/bin/python ] || $(PYTHON) -m venv $(PACKAGE_VENV)
	$(PACKAGE_VENV)/bin/python -m pip install -q --disable-pip-version-check -e ".[package]"
	@touch $@

package: $(PACKAGE_VENV)/.ready-package
	$(PACKAGE_VENV)/bin/python -m PyInstaller --noconfirm --log-level WARN --workpath build/pyinstaller \
		--distpath dist scripts/parley.spec

package-test:
	$(PACKAGE_VENV)/bin/python scripts/package_test.py dist/parley/parley

clean:
	rm -rf $(VENV) $(OUT) build dist *.egg-info
