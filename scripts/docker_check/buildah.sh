# Sourced by docker_check.sh: builds with buildah, and runs the image in namespaces made here.
#
# buildah's own `run` neither takes the image's command nor maps ports, so the image is mounted, and its command started
# as its user and as process 1, in process, mount and network namespaces of its own.

unshared= # unshare, which waits for
isolated= # the server, seen from outside of its namespaces
container=
scratch=$work/run

engine_prepare() {
    install_missing buildah curl ip:iproute2 jq unshare:util-linux
    mkdir -p -- "$work/storage" "$work/runroot"
    local driver=overlay
    grep -qw overlay /proc/filesystems || driver=vfs
    storage=(--root "$work/storage" --runroot "$work/runroot" --storage-driver "${STORAGE_DRIVER:-$driver}")
    # The image's volume is new with each run of this script.
    rm -rf --one-file-system -- "$scratch"
}

b() { buildah "${storage[@]}" "$@"; }

engine_cleanup() {
    # What it has started ends with it.
    if [[ -n $unshared ]]; then kill -KILL "$unshared" 2>/dev/null || true; fi
    if [[ -n $container ]]; then
        b umount "$container" >/dev/null 2>&1 || true
        b rm "$container" >/dev/null 2>&1 || true
    fi
    rm -rf --one-file-system -- "$scratch"
    if ! $keeps; then
        b rm --all >/dev/null 2>&1 || true
        b rmi --all --force >/dev/null 2>&1 || true
        umount -- "$work/storage/overlay" 2>/dev/null || true
    fi
}

engine_has() { b inspect --type image "$1" >/dev/null 2>&1; }

engine_import() {
    local from folder
    from=$(b from scratch)
    folder=$(b mount "$from")
    cp -a -- "$2/." "$folder/"
    b commit --quiet --rm "$from" "$1" >/dev/null
}

# HEALTHCHECK is Docker's: the other image format has no place for it.
engine_build() {
    local pull=--pull
    if [[ $bases == made ]]; then pull=--pull-never; fi
    # Layers are for the next run.
    b bud --isolation chroot --format docker --layers="$keeps" "$pull" --tag "$image" "$@" . || return
    # Here, and not in the subshells of what follows, each of which would have a container and a volume of its own.
    mount_image
}

engine_size() {
    du -s --block-size=MB "$root" | cut -f 1
}

# Sets root to the image's files, and the rest to what the image says about running it.
mount_image() {
    container=$(b from --pull-never "$image")
    root=$(b mount "$container")
    b inspect --type image "$image" | jq .Docker.config >"$work/config.json"
    mapfile -t environment < <(jq -r '.Env[]' "$work/config.json")
    mapfile -t entrypoint < <(jq -r '.Entrypoint[]' "$work/config.json")
    mapfile -t default_command < <(jq -r '.Cmd[]' "$work/config.json")
    mapfile -t health < <(jq -r '.Healthcheck.Test[1:][]' "$work/config.json")
    user=$(jq -r .User "$work/config.json")
    signal=$(jq -r .StopSignal "$work/config.json")
    [[ $user =~ ^[1-9][0-9]*:[1-9][0-9]*$ ]] || fail "the image's user is '$user'"
    [[ $(jq -r '.Volumes | keys[]' "$work/config.json") == /data ]] || fail "/data is no volume"
    mkdir -p -- "$scratch/rootfs"
    # As a new volume is: with what the image has there, owner and mode included.
    cp -a -- "$root/data" "$scratch/data"
}

# isolate COMMAND…: COMMAND as process 1. The image is read-only; /data and /tmp are not.
isolate() {
    exec unshare --mount --pid --net --fork --kill-child --propagation private -- bash -c '
        set -e
        root=$1 data=$2 user=$3; shift 3
        mount --bind "$IMAGE_FILES" "$root"
        mount -o remount,bind,ro "$root"
        mount --bind "$data" "$root/data"
        mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
        mount -t proc proc "$root/proc"
        mount -t tmpfs -o mode=755 tmpfs "$root/dev"
        for device in null zero full random urandom; do
            touch "$root/dev/$device"
            mount --bind "/dev/$device" "$root/dev/$device"
        done
        ln -s /proc/self/fd "$root/dev/fd"
        mkdir -m 1777 "$root/dev/shm"
        ip link set lo up
        cd "$root"
        exec chroot "$root" setpriv --reuid="${user%:*}" --regid="${user#*:}" --clear-groups --no-new-privs \
            --bounding-set=-all --inh-caps=-all "$@"' isolate "$scratch/rootfs" "$scratch/data" "$user" "$@"
}

engine_command() {
    (IMAGE_FILES=$root isolate /usr/bin/env -i "${environment[@]}" "${entrypoint[@]}" "$@")
}

# engine_start plain|hardened [NAME=VALUE…]: the two are one here.
engine_start() {
    shift
    (IMAGE_FILES=$root isolate /usr/bin/env -i "${environment[@]}" "$@" "${entrypoint[@]}" "${default_command[@]}") \
        >"$work/server.out" 2>"$work/server.log" &
    unshared=$!
    for _ in $(seq 100); do
        isolated=$(ps -o pid= --ppid "$unshared" | tr -d ' ') || true  # none yet
        [[ -z $isolated ]] || break
        sleep 0.1
    done
    url=http://127.0.0.1:8080
}

engine_is_running() { [[ -n $isolated ]] && kill -0 "$isolated" 2>/dev/null; }
engine_log() { cat "$work/server.out" "$work/server.log"; }
engine_curl() { nsenter --target "$isolated" --net curl "$@"; }

engine_facts() {
    grep -E '^(Uid|Gid|Groups|CapEff|NoNewPrivs|NSpid):' "/proc/$isolated/status" | sed 's/^/docker: process /'
    ! grep -qE '^(Uid|Gid):.*\b0\b' "/proc/$isolated/status" || fail "the server runs as root"
}

# Docker runs it inside; so is this.
engine_health() {
    nsenter --target "$isolated" --net --pid --mount chroot --userspec="$user" --groups= "$scratch/rootfs" \
        /usr/bin/env -i "${environment[@]}" "${health[@]}"
}

engine_stop() {
    local status=0
    kill -s "${signal#SIG}" "$isolated"
    wait "$unshared" || status=$?
    unshared=
    isolated=
    [[ $status -eq 0 ]] || fail "the server ended with status $status"
}
