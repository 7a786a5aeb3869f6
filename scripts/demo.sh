#!/usr/bin/env bash
# The whole of Regraft over HTTP: starts the server, uploads sample photos (or those in the folder IMAGES), trains, shows the
# progress, classifies photos that it has not seen, and goes on serving until Ctrl-C. DEMO_ONCE=1 ends it instead.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

regraft=.build/release/regraft
out=${OUT:-.deps/demo}
rm -rf "$out/data" "$out/server.log"
mkdir -p "$out"

fail() {
    printf 'demo: error: %s\n' "$*" >&2
    [[ -s $out/server.log ]] && tail -n 5 "$out/server.log" >&2
    exit 1
}

if [[ -n ${IMAGES:-} ]]; then
    images=${IMAGES%/}
    [[ -d $images ]] || fail "there is no folder $images"
    # Three photos of the folder: they may have been trained on, but they show how to ask.
    mapfile -t unseen < <(find "$images" -mindepth 2 -maxdepth 2 -type f ! -name '.*' | LC_ALL=C sort | awk 'NR % 7 == 1' | head -n 3)
else
    scripts/fetch_samples.sh
    images=.deps/samples
    mapfile -t unseen < <(find .deps/samples-unseen -type f | LC_ALL=C sort | head -n 3)
fi

# Shows a command, also where its output is read, and runs it.
exec 3>&1
run() {
    {
        printf '\n$'
        printf ' %q' "$@"
        printf '\n'
    } >&3
    "$@"
}

printf 'Packing %s into %s/photos.zip\n' "$images" "$out"
rm -f "$out/photos.zip"
python3 - "$images" "$out/photos.zip" <<'PYTHON'
import os, sys, zipfile
folder, name = sys.argv[1:]
with zipfile.ZipFile(name, "w") as archive:
    for label in sorted(os.listdir(folder)):
        path = os.path.join(folder, label)
        if os.path.isdir(path) and not label.startswith("."):
            for file in sorted(os.listdir(path)):
                if os.path.isfile(os.path.join(path, file)):
                    archive.write(os.path.join(path, file), f"{label}/{file}")
PYTHON

# A server of the caller's environment is another one than this.
printf '\n$ %s serve --data %s/data --port %s\n' "$regraft" "$out" "${PORT:-0}"
"$regraft" serve --data "$out/data" --port "${PORT:-0}" >"$out/address" 2>"$out/server.log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
is_ready=
for _ in $(seq 200); do
    url=$(sed -n 's/^listening on //p' "$out/address")
    [[ -n $url ]] && curl --silent --fail --output /dev/null "$url/readyz" && is_ready=1 && break
    kill -0 "$server" 2>/dev/null || fail "the server did not start"
    sleep 0.1
done
[[ -n $is_ready ]] || fail "the server is not ready after 20 seconds"
cat "$out/address"

# Waits for a job and shows its progress; its last event says how it ended.
follow() {
    run curl --silent --show-error --no-buffer --header 'Accept: application/x-ndjson' "$url/v1/jobs/$1/events" | tee "$out/events" ||
        fail "the progress of the job $1 broke off"
    grep -q '"event":"done".*"state":"succeeded"' "$out/events" || fail "the job $1 did not succeed"
}
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

run curl --silent --show-error --fail-with-body --upload-file "$out/photos.zip" "$url/v1/datasets/demo" | tee "$out/answer" ||
    fail "the photos were not taken"
follow "$(field id <"$out/answer")"

run curl --silent --show-error --fail-with-body --header 'Content-Type: application/json' --data '{"dataset": "demo"}' "$url/v1/jobs" |
    tee "$out/answer" || fail "the training was not taken"
follow "$(field id <"$out/answer")"

for photo in "${unseen[@]}"; do
    # A folder of one's own may hold files that are no photos: 22 is curl's code for an answer that says so.
    run curl --silent --show-error --fail-with-body --request POST --upload-file "$photo" "$url/classify?top_k=3" ||
        [[ $? == 22 && -n ${IMAGES:-} ]] || fail "$photo could not be classified"
done

if [[ -n ${DEMO_ONCE:-} ]]; then
    printf '\nThe demo is over. Without DEMO_ONCE it goes on serving. Your own photos: IMAGES=folder make demo\n'
    exit 0
fi
printf '\nServing on %s until Ctrl-C; the data is in %s/data. Your own photos: IMAGES=folder make demo\n' "$url" "$out"
wait "$server" || fail "the server has ended with $?"
