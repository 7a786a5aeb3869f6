#!/usr/bin/env bash
# Makes a small set of photographs to try Regraft on, from the Debian and Ubuntu package tuxpaint-stamps-default (GPL-2,
# Bill Kendrick and others): birds, cattle, flowers, fruit, tools and vegetables, cut out on transparent backgrounds.
#
#   .deps/samples/<class>/<name>.png   about 130 photographs to train on
#   .deps/samples-unseen/<name>.png    a few that are kept back, to label
#
# Needs no root, and installs nothing. A second run finds the photographs there and does nothing.
set -euo pipefail

package=tuxpaint-stamps-default
# The class, the package's folder of it, and the photograph that is kept back.
classes=(
    "birds animals/birds rooster.png"
    "cattle animals/mammals/bovines -"
    "flowers plants/flowers daffodil.png"
    "fruit food/fruit orange.png"
    "tools household/tools wrench.png"
    "vegetables food/vegetables -"
)

say() { printf 'samples: %s\n' "$*"; }
fail() {
    printf 'samples: error: %s\n' "$*" >&2
    exit 1
}

quiet=false
case ${1-} in
    --quiet) quiet=true ;;
    "") ;;
    *)
        echo "usage: scripts/fetch_samples.sh [--quiet]   (REGRAFT_DEPS: the folder to use instead of .deps)" >&2
        exit 2
        ;;
esac

scripts=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
mkdir -p -- "${REGRAFT_DEPS:-$scripts/../.deps}"
deps=$(cd -- "${REGRAFT_DEPS:-$scripts/../.deps}" && pwd -P)

# What the two folders hold, with the version of this script that made them.
state() {
    sha256sum <"$scripts/fetch_samples.sh"
    (cd -- "$deps" && find samples samples-unseen -type f -printf '%p %s\n' 2>/dev/null | LC_ALL=C sort)
}

. "$scripts/workspace.sh"
lock_deps
if [[ -f $deps/.samples && $(<"$deps/.samples") == "$(state)" ]]; then
    $quiet || say "nothing to do, $deps/samples is complete"
    exit 0
fi

make_work_folder

for tool in apt-get dpkg-deb; do
    command -v "$tool" >/dev/null || fail "$tool is missing: this script works on Debian and Ubuntu only"
done

# apt verifies what it downloads. Its sandbox user could not write to our folder.
download() { (cd -- "$work" && apt-get download -qq -o APT::Sandbox::User=root "$package" >apt.log 2>&1); }

say "downloading $package (about 160 MB)"
if ! download; then
    if [[ $EUID -eq 0 ]]; then
        apt-get update -qq || fail "apt-get update failed"
    fi
    download || {
        cat "$work/apt.log" >&2
        fail "apt-get could not download $package; if it does not know it, run apt-get update as root first"
    }
fi
dpkg-deb -x "$work/$package"_*.deb "$work/package"

mkdir "$work/samples" "$work/samples-unseen"
stamps=$work/package/usr/share/tuxpaint/stamps
for class in "${classes[@]}"; do
    read -r name folder unseen <<<"$class"
    mkdir "$work/samples/$name"
    # Only the folder itself: below it are cartoons, and flowers of plastic.
    find "$stamps/$folder" -maxdepth 1 -type f -name '*.png' -exec cp -t "$work/samples/$name" -- {} +
    if [[ -f $work/samples/$name/$unseen ]]; then mv -- "$work/samples/$name/$unseen" "$work/samples-unseen/"; fi
    count=$(find "$work/samples/$name" -name '*.png' | wc -l)
    [[ $count -ge 10 ]] || fail "$package has only $count photographs in $folder"
    say "$name: $count photographs"
done

rm -f -- "$deps/.samples"
for folder in samples-unseen samples; do
    if [[ -e $deps/$folder ]]; then mv -- "$deps/$folder" "$work/$folder-before"; fi
    mv -- "$work/$folder" "$deps/$folder"
done
state >"$work/state"
mv -- "$work/state" "$deps/.samples"
say "done: $deps/samples, and $deps/samples-unseen to label"
