#!/usr/bin/env bash
# Makes the Swift of every protos/NAME.proto anew, after one was changed: into the folder below Sources/Formats named
# Generated that has a NAME.pb.swift already, or for a new one into Sources/Formats/NAME/Generated, the folder's name being
# looked for without regard to case. Takes Debian's protobuf-compiler; the plugin is built from the swift-protobuf that
# Package.resolved names, which takes a minute or two the first time.
#   scripts/protos.sh           makes them
#   scripts/protos.sh --check   fails where what is there is not what would be made
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v protoc >/dev/null || {
    echo "protoc is missing. As root: apt-get install protobuf-compiler" >&2
    exit 1
}

plugin() {
    if [[ -n "${PROTOC_GEN_SWIFT:-}" ]]; then
        echo "$PROTOC_GEN_SWIFT"
        return
    fi
    local checkout=.build/checkouts/swift-protobuf built=.build/protoc-gen-swift
    [[ -d $checkout ]] || swift package resolve >&2
    swift build --package-path "$checkout" --scratch-path "$built" --product protoc-gen-swift >&2
    echo "$built/debug/protoc-gen-swift"
}

folder() {
    local made
    made=$(find Sources/Formats -path "*/Generated/$1.pb.swift" -print -quit)
    if [[ -z $made ]]; then
        made=$(find Sources/Formats -mindepth 1 -maxdepth 1 -type d -iname "$1" -print -quit)
        made=${made:-Sources/Formats/$1}/Generated/$1.pb.swift
    fi
    dirname "$made"
}

generator=$(plugin)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0
for proto in protos/*.proto; do
    name=$(basename "$proto" .proto)
    protoc --proto_path=protos --plugin=protoc-gen-swift="$generator" \
        --swift_opt=Visibility=Internal --swift_opt=UseAccessLevelOnImports=true --swift_out="$scratch" "$name.proto"
    into=$(folder "$name")
    if [[ ${1:-} == --check ]]; then
        diff -q "$scratch/$name.pb.swift" "$into/$name.pb.swift" || status=1
    else
        mkdir -p "$into"
        mv "$scratch/$name.pb.swift" "$into/$name.pb.swift"
        echo "$into/$name.pb.swift"
    fi
done
exit $status
