#!/usr/bin/env bash
# Feeds the HTTP server's parsers with what libFuzzer makes up, for FUZZ_SECONDS (600). Inputs that were worth keeping stay
# in .build/fuzz-http/corpus for the next run; what is found is saved as .build/fuzz-http/crash-… and ends the run with an
# error. To try one again: .build/fuzz-http/fuzz .build/fuzz-http/crash-…
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${FUZZ_SECONDS:-600}
work=.build/fuzz-http
types=${FUZZ_HTTP_TYPES:-.build/checkouts/swift-http-types}/Sources/HTTPTypes
[ -d "$types" ] || swift package resolve
mkdir -p "$work/corpus" "$work/seeds"

# Not a package: libFuzzer brings its own `main`, and the parsers are internal, so their sources are compiled with the
# fuzzer as one module. The address sanitizer is for what they read through unsafe pointers.
flags=(-O -wmo -gline-tables-only -parse-as-library -swift-version 6 -enable-upcoming-feature InternalImportsByDefault)
flags+=(-sanitize=fuzzer,address)
http=Sources/HTTP
sources=("$http"/Codec/*.swift "$http"/Bodies/MultipartReader.swift "$http"/Server/{Response,ServerConfiguration}.swift
    "$http"/Responses/{EntityTag,GzipCompressor}.swift "$http"/Sockets/{IPAddress,SocketAddress}.swift
    Tests/HTTPFuzz/*.swift)
newest=$(ls -t "${sources[@]}" scripts/fuzz-http.sh "$work/fuzz" 2>/dev/null | head -1 || true)
if [ "$newest" != "$work/fuzz" ]; then
    swiftc -O -wmo -parse-as-library -swift-version 6 -suppress-warnings -module-name HTTPTypes -emit-module -emit-library -static \
        -emit-module-path "$work/HTTPTypes.swiftmodule" -o "$work/libHTTPTypes.a" "$types"/*.swift
    swiftc "${flags[@]}" -module-name HTTPFuzz -I "$work" -I Sources/CLinux -I Sources/CZlib \
        "${sources[@]}" "$work/libHTTPTypes.a" -lz -o "$work/fuzz"
fi

# Seeds: a letter for the parser, its choices (see Tests/HTTPFuzz), and something that it takes.
seed() { printf "$2" >"$work/seeds/$1"; }
seed head-get 'H\0ab''GET /a%%20b/c?d=e+f&g HTTP/1.1\r\nHost: example.org:80\r\n\r\n'
seed head-post 'H\7ab''POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello'
seed head-chunked 'H\0ab''PUT /x HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\nConnection: close, x\r\n\r\n'
seed head-old 'H\0ab''\r\nGET http://example.org/x HTTP/1.0\r\nContent-Length: 0\r\n\r\n'
seed head-options 'H\0ab''OPTIONS * HTTP/1.1\r\nHost:\r\nX-\xc3\xa9: \xff\r\n\r\n'
seed chunked 'C\0\377ab''5\r\nhello\r\n6 ;a="b"\r\n world\r\n0\r\n\r\n'
seed chunked-small 'C\7\3ab''A;ext=10\r\n0123456789\r\n00\r\nA: b\r\nC: d\r\n\r\nGET'
seed form 'Mab''xyz\n--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\nhello\r\n--xyz \r\nContent-Disposition: form-data; name="f"; filename="g\\"h"\r\nContent-Type: text/plain\r\n\r\n\r\n--xy\r\n--xyz--\r\nrest'
seed form-preamble 'Mab''b\nbefore\r\n--b\r\nContent-Disposition: form-data;name=n\r\n\r\n\r\n--b--'
seed target 'T\0/v1/models/%%C3%%A9/a.b?limit=10&x=%%2F+&=&y'
seed target-absolute 'T\0HTTP://example.org:8080?x'
seed parameters 'Pform-data; name="a\\"b" ;filename=c ; x=""'
seed range 'R\377\1bytes=0-99'
seed range-suffix 'R\12\0bytes=-5'
seed date 'DSun, 06 Nov 1994 08:49:37 GMT'
seed date-old 'DSunday, 06-Nov-94 08:49:37 GMT'
seed date-asctime 'DSun Nov  6 08:49:37 1994'
seed tags 'EW/"a", "b,c", *'
cat >"$work/words" <<'WORDS'
"\x0d\x0a"
"\x0d\x0a\x0d\x0a"
"HTTP/1.1"
"HTTP/1.0"
"Host:"
"Content-Length:"
"Transfer-Encoding:"
"chunked"
"chun\xe2\x84\xaaed"
"\xcd\xbe"
"\xc2\xa0"
"Connection:"
"Expect: 100-continue"
"http://"
"%2e"
"%2F"
"%00"
"0\x0d\x0a\x0d\x0a"
"FFFFFFFFFFFFFFF"
"9223372036854775807"
"Content-Disposition: form-data; name="
"bytes="
"GMT"
WORDS

SWIFT_BACKTRACE=enable=no "$work/fuzz" -max_total_time="$seconds" -max_len=512 -timeout=5 -dict="$work/words" -artifact_prefix="$work/" \
    -print_final_stats=1 -verbosity="${FUZZ_VERBOSITY:-1}" "$work/corpus" "$work/seeds"
