#!/usr/bin/env bash
# Proves that the README's commands work on an empty machine: makes a minimal Debian in a folder, adds the Swift
# toolchain and what Swift's own instructions ask for, clones this repository into it, and runs the commands there.
# Needs root, debootstrap and git.
#
#   SWIFT_HOME=/path/to/swift scripts/chroot_check.sh [--worktree] [FOLDER]
#
# FOLDER is kept for another run. Without it, a temporary one is used and removed. --worktree takes the files as they
# are now instead of the last commit.
#
# Environment:
#   SWIFT_HOME        the toolchain: the folder that holds usr/bin/swift (required)
#   COMMANDS          what to run in the clone, one command a line (scripts/setup.sh, DEMO_ONCE=1 make demo, make test)
#   SUITE, MIRROR     Debian's release (bookworm) and mirror (the one that debootstrap knows)
#   SWIFT_PACKAGES    the packages Swift itself needs
#   EXTRA_BINDS       more folders or files to show inside, read-only, as "SOURCE" or "SOURCE:TARGET", space-separated
#   COPY_FILES        files to copy inside, as "SOURCE:TARGET", space-separated
#   GIT_CONFIG_EXTRA  a git configuration file to use inside, for example one that names a mirror
#   PASS_ENV          names of variables to hand on; all others are dropped
#
# Everything is mounted in a mount namespace of this script's own. Whatever happens to it, the mounts end with it, and
# nothing outside ever sees them.
set -euo pipefail

say() { printf 'chroot: %s\n' "$*"; }
fail() {
    printf 'chroot: error: %s\n' "$*" >&2
    exit 1
}

[[ $EUID -eq 0 ]] || fail "this needs root"
if [[ -z ${REGRAFT_CHROOT_NAMESPACE-} ]]; then
    REGRAFT_CHROOT_NAMESPACE=1 exec unshare --mount --propagation private -- "${BASH_SOURCE[0]}" "$@"
fi
unset REGRAFT_CHROOT_NAMESPACE

worktree=false
if [[ ${1-} == --worktree ]]; then
    worktree=true
    shift
fi
if [[ $# -gt 1 || ${1-} == -* ]]; then
    sed -n '2,/^set -/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
    exit 2
fi

swift_home=${SWIFT_HOME-}
[[ -x $swift_home/usr/bin/swift ]] || fail "set SWIFT_HOME to the folder that holds usr/bin/swift"
command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
suite=${SUITE:-bookworm}
mirror=${MIRROR-}
swift_packages=${SWIFT_PACKAGES:-binutils ca-certificates gcc git libc6-dev libcurl4-openssl-dev libncurses6
    libsqlite3-0 libstdc++-12-dev libxml2 make tzdata zlib1g-dev}
commands=${COMMANDS:-$'scripts/setup.sh\nDEMO_ONCE=1 make demo\nmake test'}
repository=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)

# --- the folder ------------------------------------------------------------------------------------------------------

# Only a folder with this file in it is ever mounted into, or removed.
marker=.regraft-chroot
temporary=false
if [[ $# -eq 1 ]]; then
    root=$1
    if [[ -e $root && ! -e $root/$marker && -n $(ls -A -- "$root") ]]; then
        fail "$root is not empty, and this script did not make it"
    fi
    mkdir -p -- "$root"
else
    root=$(mktemp -d)
    temporary=true
fi
root=$(cd -- "$root" && pwd -P)
chmod 755 -- "$root"
touch -- "$root/$marker"

mounts=()
finish() {
    local status=$? index
    trap - EXIT
    for ((index = ${#mounts[@]} - 1; index >= 0; index--)); do
        umount --recursive -- "${mounts[index]}" || umount --recursive --lazy -- "${mounts[index]}" || true
    done
    if $temporary; then
        if findmnt --noheadings --list --output TARGET | grep -qF -- "$root/"; then
            say "something is still mounted below $root: not removing it"
        else
            rm -rf --one-file-system -- "$root"
        fi
    fi
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if [[ ! -s $root/$marker ]]; then
    say "making a minimal Debian $suite in $root"
    debootstrap --variant=minbase "$suite" "$root" ${mirror:+"$mirror"} >"$root/debootstrap.log" 2>&1 || {
        tail -n 20 "$root/debootstrap.log" >&2
        fail "debootstrap failed"
    }
    echo "$suite" >"$root/$marker"
fi

# --- what is shown inside --------------------------------------------------------------------------------------------

bind() {
    local source=$1 target=$root$2 mode=$3
    if [[ -d $source ]]; then mkdir -p -- "$target"; else install -D -m 644 /dev/null "$target"; fi
    mount --bind -- "$source" "$target"
    mounts+=("$target")
    if [[ $mode == ro ]]; then mount -o remount,bind,ro -- "$target"; fi
}

mount -t proc proc "$root/proc"
mounts+=("$root/proc")
mount -t sysfs -o ro sysfs "$root/sys"
mounts+=("$root/sys")
for device in null zero full random urandom tty; do bind "/dev/$device" "/dev/$device" rw; done
mkdir -p -- "$root/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mounts+=("$root/dev/shm")

bind "$swift_home/usr" /opt/swift/usr ro
for item in ${EXTRA_BINDS-}; do bind "${item%%:*}" "${item#*:}" ro; done
for item in ${COPY_FILES-}; do install -D -m 644 -- "${item%%:*}" "$root${item#*:}"; done
install -m 644 /etc/resolv.conf /etc/hosts "$root/etc/"
if [[ -n ${GIT_CONFIG_EXTRA-} ]]; then install -m 644 -- "$GIT_CONFIG_EXTRA" "$root/root/.gitconfig"; fi

environment=(HOME=/root LANG=C.UTF-8 TERM=dumb
    PATH=/opt/swift/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
for name in ${PASS_ENV-}; do
    if [[ -n ${!name-} ]]; then environment+=("$name=${!name}"); fi
done
inside() { chroot "$root" /usr/bin/env -i "${environment[@]}" "$@"; }

# --- the check -------------------------------------------------------------------------------------------------------

say "installing what Swift needs"
# shellcheck disable=SC2086  # names of packages
{
    inside apt-get update -qq &&
        inside DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $swift_packages
} >"$root/apt.log" 2>&1 || {
    tail -n 20 "$root/apt.log" >&2
    fail "apt-get failed inside the new system"
}
inside swift --version 2>/dev/null | head -n 1

say "cloning the repository"
clone=/src/regraft
rm -rf --one-file-system -- "${root:?}$clone"
mkdir -p -- "$root$clone"
if $worktree; then
    (cd -- "$repository" && git ls-files --cached --others --exclude-standard -z |
        while IFS= read -r -d '' file; do [[ ! -e $file ]] || printf '%s\0' "$file"; done |
        tar --create --null --files-from=- --file=-) | tar --extract --file=- --directory="$root$clone"
else
    git clone --quiet --no-hardlinks -- "$repository" "$root$clone"
fi
chown -R 0:0 -- "$root$clone"

while IFS= read -r command; do
    [[ -n $command ]] || continue
    say "running: $command"
    start=$SECONDS
    inside bash -e -c "cd $clone && $command" </dev/null || fail "\"$command\" failed on an empty machine"
    say "took $((SECONDS - start)) s: $command"
done <<<"$commands"
say "everything worked"
