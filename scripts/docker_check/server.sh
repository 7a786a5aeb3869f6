# Sourced by docker_check.sh: what a person does with a server, with curl.

request() { engine_curl --silent --show-error --fail-with-body --max-time 60 "$@"; }
field() { sed -n -E "s/.*\"$1\":\"?([^\",}]*).*/\1/p" | head -n 1; }

wait_until_ready() {
    local _
    for _ in $(seq 300); do
        if request --output /dev/null "$url/readyz" 2>/dev/null; then return; fi
        engine_is_running || break
        sleep 0.1
    done
    engine_log | tail -n 20 >&2
    fail "the server is not ready"
}

check_health() {
    local _
    for _ in $(seq 60); do
        if engine_health; then
            say "healthy"
            return
        fi
        sleep 0.5
    done
    fail "HEALTHCHECK does not find the server healthy"
}

# Waits for a job's last event.
follow() {
    request --max-time 300 --no-buffer --header 'Accept: application/x-ndjson' "$url/v1/jobs/$1/events" >"$work/events"
    tail -n 1 "$work/events"
    tail -n 1 "$work/events" | grep -q '"state":"succeeded"' || fail "the job did not succeed"
}

train_and_classify() {
    "$scripts/fetch_samples.sh" --quiet
    local samples=${REGRAFT_DEPS:-$scripts/../.deps}
    (cd -- "$samples/samples" && tar --create --gzip --file="$work/photos.tar.gz" -- *)
    cp -- "$samples/samples-unseen/orange.png" "$work/orange.png"
    say "uploading photos and training"
    follow "$(request --upload-file "$work/photos.tar.gz" "$url/v1/datasets/check" | field id)"
    follow "$(request --json '{"dataset": "check"}' "$url/v1/jobs" | field id)"
    classify
}

classify() {
    request --request POST --upload-file "$work/orange.png" "$url/classify?top_k=1" | tee "$work/answer"
    echo
    grep -q '"label":"fruit"' "$work/answer" || fail "an orange is no fruit"
}

check_key() {
    local status
    status=$(engine_curl --silent --output /dev/null --write-out '%{http_code}' "$url/v1/models")
    [[ $status == 401 ]] || fail "without the key, the answer is $status"
    request --header "Authorization: Bearer $1" "$url/v1/models" >/dev/null
    say "401 without the key, and an answer with it"
}
