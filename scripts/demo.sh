#!/usr/bin/env bash
# Retrains a backbone on sample photos, or on those in the folder IMAGES, and labels photos that it has not seen.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

regraft=.build/release/regraft
out=${OUT:-.deps/demo}
mkdir -p "$out"

if [[ -n ${IMAGES:-} ]]; then
    images=$IMAGES
    # Three photos of the folder: they may have been trained on, but they show how to ask.
    mapfile -t unseen < <(find "$images" -mindepth 2 -maxdepth 2 -type f ! -name '.*' | LC_ALL=C sort | awk 'NR % 7 == 1' | head -n 3)
else
    scripts/fetch_samples.sh
    images=.deps/samples
    mapfile -t unseen < <(find .deps/samples-unseen -type f | LC_ALL=C sort)
fi

show() {
    printf '\n$'
    printf ' %q' "$@"
    printf '\n'
}

retrain=("$regraft" retrain --image_dir "$images" --output_graph "$out/model.regraft" --output_labels "$out/labels.txt"
    --bottleneck_dir "$out/bottlenecks")
show "${retrain[@]}"
status=0
"${retrain[@]}" || status=$?
# 3: some photos could not be used; the lines above say which.
((status == 0 || status == 3)) || exit "$status"

label=("$regraft" label-image --graph "$out/model.regraft" --image "${unseen[@]}")
show "${label[@]}"
status=0
"${label[@]}" || status=$?
((status == 0 || status == 3)) || [[ -n ${IMAGES:-} ]] || exit "$status"

printf '\nThe model is in %s. Retrain it on your own photos with: IMAGES=folder make demo\n' "$out"
