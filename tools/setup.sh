#!/bin/sh
# Makes a virtual environment from a file of pinned packages. Safe to interrupt and to repeat.
# usage: setup.sh PYTHON VENV REQUIREMENTS editable|plain
set -eu
python=$1 venv=$2 requirements=$3 mode=$4
start=$(date +%s)

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "ncrobot needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1 || echo missing)." >&2
  echo "Install it, or name another: make PYTHON=python3.12 ..." >&2
  exit 1
fi
if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
  rm -rf "$venv"
  if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
    echo "'$python -m venv' fails here; on Debian or Ubuntu: apt-get install python3-venv" >&2
    exit 1
  fi
fi
echo "installing the pinned packages of $requirements into $venv ..."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() {
  "$@" >"$log" 2>&1 || { cat "$log" >&2; echo "set-up failed; run the same command again" >&2; exit 1; }
}
# uv installs the same pins several times faster; plain pip does it as well.
if "$venv/bin/python" -m pip install -q uv >"$log" 2>&1; then
  run "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" -r "$requirements"
else
  run "$venv/bin/python" -m pip install -q -r "$requirements"
fi
if [ "$mode" = editable ]; then
  run "$venv/bin/python" -m pip install -q --no-deps --no-build-isolation -e .
fi
echo "ready in $(($(date +%s) - start)) s"
