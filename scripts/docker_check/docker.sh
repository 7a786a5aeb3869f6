# Sourced by docker_check.sh: builds and runs with Docker's command, whichever engine it talks to.

name=regraft-check-$$

engine_prepare() { docker info >/dev/null || fail "no Docker engine answers"; }

engine_cleanup() {
    docker rm --force "$name" >/dev/null 2>&1 || true
    docker volume rm --force "$name" >/dev/null 2>&1 || true
}

engine_has() { docker image inspect "$1" >/dev/null 2>&1; }
engine_import() { tar --create --directory="$2" . | docker import --change 'CMD ["bash"]' - "$1" >/dev/null; }
engine_build() { docker build --tag "$image" "$@" .; }
engine_size() { docker image inspect --format '{{.Size}}' "$image" | awk '{ printf "%.0fMB\n", $1 / 1e6 }'; }
engine_command() { docker run --rm "$image" "$@"; }

# engine_start plain|hardened [NAME=VALUE…]
engine_start() {
    local options=() variable
    if [[ $1 == hardened ]]; then
        options=(--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges)
    fi
    shift
    for variable in "$@"; do options+=(--env "$variable"); done
    docker run --detach --name "$name" --publish 127.0.0.1::8080 --volume "$name:/data" "${options[@]}" "$image" \
        >/dev/null
    url=http://$(docker port "$name" 8080 | head -n 1)
}

engine_is_running() { [[ $(docker inspect --format '{{.State.Running}}' "$name") == true ]]; }
engine_log() { docker logs "$name" 2>&1; }
engine_curl() { curl "$@"; }

engine_facts() {
    local user
    docker top "$name" -o pid,uid,gid,args | sed 's/^/docker: process /'
    user=$(docker top "$name" -o pid,uid | awk 'NR == 2 { print $2 }')
    [[ $user == [1-9]* ]] || fail "the server runs as user '$user'"
}

engine_health() { [[ $(docker inspect --format '{{.State.Health.Status}}' "$name") == healthy ]]; }

engine_stop() {
    local status
    docker stop "$name" >/dev/null
    status=$(docker inspect --format '{{.State.ExitCode}}' "$name")
    docker rm "$name" >/dev/null
    [[ $status -eq 0 ]] || fail "the server ended with status $status"
}
