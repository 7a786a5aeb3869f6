#!/usr/bin/env bash
# Builds the Dockerfile and proves the image: starts it as the README says, uploads photos, trains, classifies, stops it,
# and starts it again on the same volume with a read-only file system.
#
#   scripts/docker_check.sh                  with Docker, where an engine answers; else with buildah
#   ENGINE=buildah scripts/docker_check.sh   with buildah (Debian's; installed where it is missing), as root
#
# Environment:
#   ENGINE      docker or buildah
#   BASES       registry: the images that the Dockerfile names (the default with Docker);
#               made: images made here with debootstrap and the Swift toolchain of this machine (the default with buildah)
#   WORK        a folder to keep what was made for the next run; without it, a temporary one that is removed
#   IMAGE       the image's name (regraft); Docker keeps it, and WORK does
#   BUILD_ARGS  more arguments to the build, for example --network=host
#
# What buildah cannot prove: `docker run` itself, so -p, -v with a new volume, and the engine's own health state. Instead
# the image's command runs as its user and as process 1 in namespaces of its own, on a read-only root.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
scripts=$PWD/scripts

say() { printf 'docker: %s\n' "$*"; }
fail() {
    printf 'docker: error: %s\n' "$*" >&2
    exit 1
}

# install_missing COMMAND[:PACKAGE]…
install_missing() {
    local item packages=()
    for item in "$@"; do
        command -v "${item%%:*}" >/dev/null || packages+=("${item#*:}")
    done
    if [[ ${#packages[@]} -eq 0 ]]; then return; fi
    say "installing ${packages[*]}"
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}"; } >"$work/apt.log" 2>&1 || {
        tail -n 20 "$work/apt.log" >&2
        fail "could not install ${packages[*]}"
    }
}

image=${IMAGE:-regraft}
engine=${ENGINE:-}
if [[ -z $engine ]]; then
    if docker info >/dev/null 2>&1; then engine=docker; else engine=buildah; fi
fi
case $engine in
    docker) bases=${BASES:-registry} ;;
    buildah) bases=${BASES:-made} ;;
    *) fail "ENGINE is docker or buildah" ;;
esac
if [[ $engine == buildah || $bases == made ]] && [[ $EUID -ne 0 ]]; then fail "this needs root"; fi

keeps=true
if [[ -n ${WORK-} ]]; then
    mkdir -p -- "$WORK"
    work=$(cd -- "$WORK" && pwd -P)
else
    keeps=false
    work=$(mktemp -d)
fi

. "$scripts/docker_check/bases.sh"
. "$scripts/docker_check/$engine.sh"
. "$scripts/docker_check/server.sh"

finish() {
    local status=$?
    trap - EXIT
    engine_cleanup || true
    if ! $keeps; then rm -rf --one-file-system -- "$work"; fi
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# --- build -----------------------------------------------------------------------------------------------------------

engine_prepare
arguments=()
if [[ $bases == made ]]; then
    make_bases
    arguments=(--build-arg BUILD_IMAGE=regraft-check/swift --build-arg RUN_IMAGE=regraft-check/debian)
fi
if revision=$(git rev-parse HEAD 2>/dev/null); then arguments+=(--build-arg "REVISION=$revision"); fi
# shellcheck disable=SC2206  # arguments hold no spaces
arguments+=(${BUILD_ARGS-})
say "building $image with $engine"
start=$SECONDS
engine_build "${arguments[@]}" || fail "the build failed"
say "built in $((SECONDS - start)) s: $(engine_size)"

# --- check -----------------------------------------------------------------------------------------------------------

say "running: regraft backbones"
engine_command backbones | tee "$work/backbones"
for name in efficientnet-lite{0,1,2}; do
    grep -q "^$name " "$work/backbones" || fail "$name is not in the image"
done

say "starting the server, as the README does"
engine_start plain
wait_until_ready
engine_facts
check_health
train_and_classify
engine_stop
say "stopped in order"

say "starting it again on the same volume, read-only, without capabilities"
engine_start hardened
wait_until_ready
classify
engine_stop

say "starting it with an API key"
key=$(head -c 24 /dev/urandom | base64)
engine_start plain "REGRAFT_API_KEYS=me:$(printf %s "$key" | sha256sum | cut -d ' ' -f 1):admin"
wait_until_ready
check_key "$key"
engine_stop
say "everything worked"
