#!/usr/bin/env bash
# Runs Benchmarks/accuracy.py in an environment of its own, which it makes below .deps the first time. Needs Debian's
# python3-venv, and nothing else that set-up has not installed.
#
#   Benchmarks/accuracy.sh [arguments of accuracy.py]
set -euo pipefail

benchmarks=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
venv=${REGRAFT_DEPS:-$benchmarks/../.deps}/benchmarks
wanted=$(<"$benchmarks/requirements.txt")
if [[ ! -f $venv/.packages || $(<"$venv/.packages") != "$wanted" ]]; then
    echo "benchmarks: installing" "${wanted//$'\n'/ }" >&2
    rm -rf -- "$venv"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$benchmarks/requirements.txt"
    printf '%s\n' "$wanted" >"$venv/.packages"
fi
exec "$venv/bin/python" "$benchmarks/accuracy.py" "$@"
