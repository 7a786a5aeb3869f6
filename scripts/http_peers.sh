#!/usr/bin/env bash
# Tries the HTTP server with peers that were not written here: curl, h11, httptools, nginx, slowhttptest, wrk. Says what
# was expected and what came where the two differ, ends with status 1 then, and prints what was measured.
#
#   scripts/http_peers.sh [curl|opinions|proxy|memory|wrk|slow]…
#
# All of them take about seven minutes. The numbers are those of a machine that does nothing else meanwhile.
#
# Environment:
#   HTTP_UNDER_TEST  the server (.build/release/HTTPUnderTest)
#   REGRAFT_DEPS     the folder for the two Python packages instead of .deps
set -euo pipefail

say() { printf 'http-peers: %s\n' "$*"; }
fail() {
    printf 'http-peers: error: %s\n' "$*" >&2
    exit 1
}

scripts=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
server=${HTTP_UNDER_TEST:-$scripts/../.build/release/HTTPUnderTest}
[[ -x $server ]] || fail "$server is missing: swift build -c release --product HTTPUnderTest"

# --- what it needs ---------------------------------------------------------------------------------------------------

missing=()
while read -r package; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' -- "$package" 2>/dev/null) == installed ]] || missing+=("$package")
done < <(sed -E 's/#.*//; s/[[:space:]]+//g; /^$/d' "$scripts/http_packages.txt")
if [[ ${#missing[@]} -gt 0 ]]; then
    [[ $EUID -eq 0 ]] || fail "install these first: sudo apt-get install --no-install-recommends ${missing[*]}"
    say "installing system packages: ${missing[*]}"
    apt-get update -qq
    # Its package starts nginx at once, on a port that may be taken; what is wanted is the program.
    policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        trap 'rm -f -- "$policy"' EXIT
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    if [[ -n $(trap -p EXIT) ]]; then
        rm -f -- "$policy"
        trap - EXIT
    fi
fi

# Beside, and not in, the one that scripts/setup.sh makes and removes.
venv=${REGRAFT_DEPS:-$scripts/../.deps}/http-peers
wanted="h11==0.16.0 httptools==0.9.0"
if [[ ! -f $venv/.packages || $(<"$venv/.packages") != "$wanted" ]]; then
    say "installing $wanted"
    rm -rf -- "$venv"
    python3 -m venv "$venv"
    # shellcheck disable=SC2086  # names of packages
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check $wanted
    printf '%s\n' "$wanted" >"$venv/.packages"
fi

# --- the peers -------------------------------------------------------------------------------------------------------

# 5,000 connections and their other ends, and some more.
limit=$(ulimit -Hn)
[[ $limit == unlimited || $limit -ge 6000 ]] || fail "6000 descriptors are needed; ulimit -Hn allows $limit"
ulimit -n "$limit"
HTTP_UNDER_TEST=$server exec "$venv/bin/python" "$scripts/http_peers" "$@"
