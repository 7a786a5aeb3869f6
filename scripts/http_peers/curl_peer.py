"""curl, a client that every feature is used with some day."""

import hashlib
import os
import re
import subprocess
import time

from support import FOLDER, Server, arrivals, check, contains, equal, healthy, note, pattern, section


def curl(*arguments, stdin=None):
    """Returns: exit status, standard output, standard error."""
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--max-time", "120", *map(str, arguments)], input=stdin,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def large_file(name, size):
    """Sparse, with something in it here and there. Returns: path, and what /upload answers to it."""
    path = FOLDER / name
    with open(path, "wb") as file:
        for position in range(0, size, size // 16):
            file.seek(position)
            file.write(os.urandom(4096))
        file.truncate(size)
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return path, f"{size} {digest.hexdigest()}\n".encode()


def run():
    section("curl")
    file = FOLDER / "poem.txt"
    content = b"".join(b"line %d of a file that compresses well\n" % i for i in range(5000))
    file.write_bytes(content)
    os.utime(file, (1_700_000_000, 1_700_000_000))
    socket = FOLDER / "server.sock"
    with Server(FILE=str(file), CONNECTIONS="600", SOCKET=str(socket)) as server:
        uploads(server)
        many(server)
        files(server, content)
        methods(server)
        forms(server)
        streams(server)
        code, out, _ = curl("--unix-socket", socket, "http://localhost/")
        equal("--unix-socket", (code, out), (0, b"Hello, world!"))
        healthy("the server is healthy after all of curl's requests", server)


def seconds_of(line):
    hours, minutes, rest = line.split()[0].split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def uploads(server):
    path, expected = large_file("two-gigabytes", 2_000_000_000)
    start = time.monotonic()
    code, out, trace = curl("-v", "--trace-time", "-H", "Expect: 100-continue", "-T", path, server.url("/upload"))
    seconds = time.monotonic() - start
    equal("-T of 2 GB: length and SHA-256", (code, out), (0, expected))
    note(f"2 GB in {seconds:.1f} s, {2000 / seconds:.0f} MB/s")
    asked = [line for line in trace.splitlines() if "> Expect: 100-continue" in line]
    told = [line for line in trace.splitlines() if "< HTTP/1.1 100 Continue" in line]
    check("-T of 2 GB: 100 Continue comes once", len(asked) == len(told) == 1, "one request, one 100", trace[:2000])
    if asked and told:
        wait = seconds_of(told[0]) - seconds_of(asked[0])
        check("-T of 2 GB: 100 Continue comes at once", wait < 0.5, "less than 0.5 s", f"{wait:.3f} s")
    # What curl says when it has waited for a second in vain.
    check("-T of 2 GB: no stall", "Done waiting for 100-continue" not in trace, "no time-out", trace[:2000])
    path.unlink()

    path, expected = large_file("some-megabytes", 30_000_001)
    bytes_ = path.read_bytes()
    code, out, _ = curl("-H", "Transfer-Encoding: chunked", "-T", path, server.url("/upload"))
    equal("-T in chunks: length and SHA-256", (code, out), (0, expected))
    code, out, _ = curl("-T", "-", server.url("/upload"), stdin=bytes_)
    equal("-T - from a pipe: length and SHA-256", (code, out), (0, expected))
    code, out, _ = curl("-T", "-", "--no-keepalive", "-H", "Expect:", server.url("/upload"), stdin=b"")
    equal("-T - of nothing", (code, out), (0, b"0 " + hashlib.sha256(b"").hexdigest().encode() + b"\n"))
    code, out, _ = curl("-T", path, server.url("/upload"))
    equal("-T to a file: length and SHA-256", (code, out), (0, expected))
    code, out, _ = curl("--limit-rate", "10M", "-T", path, server.url("/upload"))
    equal("--limit-rate, upload", (code, out), (0, expected))
    code, out, _ = curl("--data-binary", f"@{path}", "-H", "Expect:", "-w", "%{http_code}", "-o", "/dev/null",
                        server.url("/echo"))
    equal("a body over the limit, without asking: 413 can be read", (code, out), (0, b"413"))
    code, out, trace = curl("-v", "--data-binary", f"@{path}", "-H", "Expect: 100-continue", "-o", "/dev/null", "-w",
                            "%{http_code} %{size_upload}", server.url("/echo"))
    equal("a body over the limit, asking first: 413, and nothing is sent", (code, out), (0, b"413 0"))
    code, out, _ = curl("--data-binary", "a body", server.url("/echo"), "--next", "--silent", server.url("/"))
    equal("POST, then GET", (code, out), (0, b"a bodyHello, world!"))


def many(server):
    results = FOLDER / "many"
    code, out, _ = curl("--http1.1", "-Z", "--parallel-immediate", "--parallel-max", "50", "-w", "%{http_code}\n",
                        "-o", f"{results}-#1", server.url("/slow/[1-200]"))
    equal("-Z, 200 requests, 50 at a time: statuses", (code, out), (0, b"200\n" * 200))
    bodies = {(FOLDER / f"many-{i}").read_bytes() for i in range(1, 201)}
    equal("-Z, 200 requests, 50 at a time: bodies", bodies, {b"done"})
    urls = ["/", "/bytes/200000?chunked", "/none", "/client", "/bytes/0", "/events/1"]
    arguments = [part for url in urls for part in ("-o", "/dev/null", server.url(url))]
    code, out, _ = curl("-w", "%{num_connects}%{http_code} ", *arguments)
    equal("several URLs use one connection", (code, out), (0, b"1200 0200 0404 0200 0200 0200 "))


def files(server, content):
    url = server.url("/file")
    head = FOLDER / "head"

    def ask(*arguments):
        code, out, error = curl("-D", head, *arguments, url)
        return code, out, head.read_text() + error

    for value, expected, range_ in [
        ("0-9", content[:10], f"bytes 0-9/{len(content)}"),
        ("-10", content[-10:], f"bytes {len(content) - 10}-{len(content) - 1}/{len(content)}"),
        ("100-", content[100:], f"bytes 100-{len(content) - 1}/{len(content)}"),
    ]:
        code, out, fields = ask("--range", value)
        equal(f"--range {value}: bytes", (code, out), (0, expected))
        contains(f"--range {value}: 206", fields, "HTTP/1.1 206 ")
        contains(f"--range {value}: Content-Range", fields, f"content-range: {range_}\r\n".replace("\r", ""))
    code, out, fields = ask("--range", "999999999-")
    contains("--range beyond the end: 416", fields, "HTTP/1.1 416 ")
    contains("--range beyond the end: Content-Range", fields, f"content-range: bytes */{len(content)}")
    part = FOLDER / "part"
    part.write_bytes(content[:1234])
    code, _, _ = curl("-C", "-", "-o", part, url)
    equal("-C - goes on with a download", (code, part.read_bytes()), (0, content))

    _, plain, fields = ask()
    equal("a file", plain, content)
    code, out, fields = ask("--compressed")
    contains("--compressed: gzip", fields, "content-encoding: gzip")
    equal("--compressed: the plain bytes", (code, out), (0, content))

    for date, status in [("1 Dec 2023", 304), ("1 Jan 2020", 200)]:
        _, out, fields = ask("-z", date)
        contains(f"-z {date}: {status}", fields, f"HTTP/1.1 {status} ")
        equal(f"-z {date}: body", out, b"" if status == 304 else content)
    _, _, fields = ask("-z", "-1 Jan 2020")
    contains("-z -1 Jan 2020 (If-Unmodified-Since): 412", fields, "HTTP/1.1 412 ")
    _, _, fields = ask("-H", 'If-Match: "another"')
    contains("If-Match of another tag: 412", fields, "HTTP/1.1 412 ")
    for extra in [(), ("--compressed",)]:
        tag = FOLDER / f"tag{len(extra)}"
        ask(*extra, "--etag-save", tag)
        code, out, fields = ask(*extra, "--etag-compare", tag)
        contains(f"--etag-compare {' '.join(extra)}: 304", fields, "HTTP/1.1 304 ")
        equal(f"--etag-compare {' '.join(extra)}: no body", (code, out), (0, b""))


def methods(server):
    code, out, _ = curl("-I", server.url("/"))
    contains("-I: status", out.decode(), "HTTP/1.1 200 ")
    contains("-I: length", out.decode(), "content-length: 13")
    check("-I: no body", out.endswith(b"\r\n\r\n"), "a head", out)
    code, out, _ = curl("-I", server.url("/file"))
    contains("-I of a file: type", out.decode(), "content-type: text/plain; charset=utf-8")
    code, out, _ = curl("-I", server.url("/bytes/100?chunked"), server.url("/"))
    equal("-I of a stream leaves the connection usable", (code, out.count(b"HTTP/1.1 200 ")), (0, 2))
    for arguments, allow in [((server.url("/file"),), "allow: GET, HEAD, OPTIONS"),
                             ((server.url("/echo"),), "allow: OPTIONS, POST")]:
        code, out, _ = curl("-i", "-X", "OPTIONS", *arguments)
        contains("-X OPTIONS: 204", out.decode(), "HTTP/1.1 204 ")
        contains("-X OPTIONS: Allow", out.decode(), allow)
    code, out, _ = curl("-i", "-X", "OPTIONS", "--request-target", "*", server.url())
    contains("OPTIONS *", out.decode(), "HTTP/1.1 204 ")
    code, out, _ = curl("-i", "-X", "DELETE", server.url("/"))
    contains("-X DELETE: 405", out.decode(), "HTTP/1.1 405 ")
    code, out, _ = curl("-i", "--http1.0", server.url("/bytes/1000?chunked"))
    head, _, body = out.partition(b"\r\n\r\n")
    equal("--http1.0: the body ends with the connection", (code, body), (0, pattern(1000)))
    check("--http1.0: no chunks", b"transfer-encoding" not in head.lower(), "no Transfer-Encoding", head)
    code, out, _ = curl("--http1.0", "-w", "%{num_connects} ", server.url(), server.url())
    equal("--http1.0: a connection each", (code, out), (0, b"Hello, world!1 Hello, world!1 "))
    code, out, _ = curl("-i", "--path-as-is", server.url("/../etc/passwd"))
    contains("--path-as-is with dots: 400", out.decode(), "HTTP/1.1 400 ")
    code, out, _ = curl("-i", "-x", server.url(), "http://example.org/client")
    contains("absolute form, as to a proxy", out.decode(), "HTTP/1.1 200 ")


# Name on the disk; what the server is to call it without and with --form-escape. By default curl writes '"' as %22, as
# browsers do, and a backslash as it is; with the option both have a backslash before.
FILENAMES = [
    ("plain.txt", "plain.txt", "plain.txt"),
    ("two words, and; more.txt", "two words, and; more.txt", "two words, and; more.txt"),
    ("größe-日本語-🌱.txt", "größe-日本語-🌱.txt", "größe-日本語-🌱.txt"),
    ('a "quoted" name.txt', "a %22quoted%22 name.txt", 'a "quoted" name.txt'),
    ("back\\slash.txt", "back\\slash.txt", "back\\slash.txt"),
    ("ends in a backslash\\", "ends in a backslash\\", "ends in a backslash\\"),
    ("..", None, None),
    ("--boundary--.txt", "--boundary--.txt", "--boundary--.txt"),
    ("50%22.txt", "50%22.txt", "50%22.txt"),
]


def forms(server):
    folder = FOLDER / "names"
    folder.mkdir(exist_ok=True)
    for escape in (False, True):
        for number, (name, plain, escaped) in enumerate(FILENAMES):
            if plain is None:
                # Cannot be a file; given as the name to use.
                (folder / "other").write_bytes(b"abc")
                value, wanted = f"field=@{folder}/other;filename={name}", name
            else:
                (folder / name).write_bytes(b"x" * (number * 40_000))
                # The quotes and their escapes are for curl's own parser of the option.
                quoted = str(folder / name).replace("\\", "\\\\").replace('"', '\\"')
                value, wanted = f'field=@"{quoted}"', escaped if escape else plain
            length = 3 if plain is None else number * 40_000
            code, out, error = curl(*(["--form-escape"] if escape else []), "-F", "first=one", "-F", value, "-F",
                                    "last=", server.url("/parts"))
            expected = f"first - 3\nfield {wanted} {length}\nlast - 0\n"
            equal(f"-F {'with --form-escape ' if escape else ''}of a file called {name!r}", (code, out.decode(), error),
                  (0, expected, ""))
    code, out, _ = curl("-F", 'na"me=v', "-F", "é è=v", server.url("/parts"))
    equal("-F with awkward field names", (code, out.decode()), (0, "na%22me - 1\né è - 1\n"))
    part = f"field=@{folder}/plain.txt;type=text/x;headers=X-A: b"
    code, out, _ = curl("-H", "Transfer-Encoding: chunked", "-F", part, server.url("/parts"))
    equal("-F in chunks, with headers of a part", (code, out.decode()), (0, "field plain.txt 0\n"))


def streams(server):
    lines = arrivals(["curl", "-s", "-N", server.url("/events/20")])
    data = [(at, line) for at, line in lines if line.startswith("data:")]
    equal("-N: all events", [line for _, line in data], [f"data: tick {i}" for i in range(1, 21)])
    spread = data[-1][0] - data[0][0] if data else 0
    check("-N: events come one by one", 0.36 <= spread < 2, "20 of them over about 0.4 s", f"over {spread:.3f} s")
    code, out, _ = curl("-N", "-H", "Last-Event-ID: 18", server.url("/events/20"))
    equal("-N with Last-Event-ID", re.findall(rb"tick \d+", out), [b"tick 19", b"tick 20"])

    # Long enough that the burst which curl lets through before it begins to measure is a small part: 20 MB took it between
    # 1.9 and 3.8 s, from this server and from another.
    start = time.monotonic()
    code, out, _ = curl("--limit-rate", "5M", server.url("/bytes/60000000"))
    seconds = time.monotonic() - start
    equal("--limit-rate: bytes", (code, out), (0, pattern(60_000_000)))
    check("--limit-rate: took its time", seconds > 6, "more than 6 s", f"{seconds:.2f} s")

    before = server.descriptors()
    for path in ["/bytes/100000000000", "/bytes/100000000000?chunked", "/events/100000", "/slow/2000"]:
        code, _, _ = curl("--max-time", "0.5", "--limit-rate", "1M", "-o", "/dev/null", server.url(path))
        equal(f"--max-time in the middle of {path}: curl gives up", code, 28)
        after = server.settles_at(before)
        check(f"--max-time in the middle of {path}: the server lets go", after <= before, before, after)
        healthy(f"--max-time in the middle of {path}: the server is healthy", server)
