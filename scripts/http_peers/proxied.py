"""nginx as a proxy before the server, over TCP and a Unix socket, in HTTP/1.0 (its default) and HTTP/1.1."""

import time

from curl_peer import curl, large_file
from nginx import Nginx, free_port
from support import FOLDER, Server, arrivals, check, equal, healthy, pattern, section


def run():
    section("behind nginx")
    socket = FOLDER / "proxied.sock"
    with Server(PROXIES="127.0.0.1/32", SOCKET=str(socket), CONNECTIONS="200") as server:
        ways = {(upstream, version): free_port() for upstream in ("tcp", "unix") for version in ("1.0", "1.1")}
        http = f"""
            client_max_body_size 0; proxy_request_buffering off;
            upstream tcp {{ server 127.0.0.1:{server.port}; keepalive 8; }}
            upstream unix {{ server unix:{socket}; keepalive 8; }}
        """
        for (upstream, version), port in ways.items():
            # A location that sets one field inherits none, so they stand together.
            fields = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header Host $http_host;"
            alive = 'proxy_http_version 1.1; proxy_set_header Connection "";' if version == "1.1" else ""
            location = f"location / {{ proxy_pass http://{upstream}; {fields} {alive} }}"
            http += f"server {{ listen 127.0.0.1:{port}; {location} }}\n"
        path, digest = large_file("fifty-megabytes", 50_000_000)
        with Nginx(http) as nginx:
            for (upstream, version), port in ways.items():
                nginx.wait_for(port)
                name = f"{upstream}, HTTP/{version}: "
                through(server, f"http://127.0.0.1:{port}", name, version == "1.1", path, digest)
        equal("nginx has nothing to complain of", complaints(nginx), [])
        spoofed(server)


def complaints(nginx):
    # The uploads that are refused or given up are its clients' doing.
    return [line for line in nginx.log().splitlines() if "[error]" in line or "[crit]" in line or "[alert]" in line]


def through(server, url, name, keeps_alive, path, digest):
    code, out, _ = curl(f"{url}/")
    equal(name + "GET", (code, out), (0, b"Hello, world!"))
    code, out, _ = curl("-w", " %{http_code}", f"{url}/bytes/1000000?chunked", "-o", FOLDER / "through")
    equal(name + "a stream in chunks", (code, out, (FOLDER / "through").read_bytes()), (0, b" 200", pattern(1_000_000)))
    code, out, _ = curl("-I", f"{url}/")
    equal(name + "HEAD", (code, b"Content-Length: 13" in out), (0, True))

    # An answer's name tells on which of the server's connections it came.
    connections = set()
    for _ in range(10):
        _, out, _ = curl("-o", "/dev/null", "-D", "-", f"{url}/")
        identifier = next(line for line in out.decode().splitlines() if line.lower().startswith("x-request-id"))
        connections.add(identifier.split("-")[-2])
    check(name + "connections to the server", len(connections) == (1 if keeps_alive else 10),
          "one for ten requests" if keeps_alive else "ten for ten requests", len(connections))

    code, out, _ = curl("-T", path, f"{url}/upload")
    equal(name + "upload of 50 MB, unbuffered", (code, out), (0, digest))
    if keeps_alive:
        # To an upstream of HTTP/1.0 nginx cannot pass chunks on.
        code, out, _ = curl("-T", path, "-H", "Transfer-Encoding: chunked", f"{url}/upload")
        equal(name + "upload of 50 MB in chunks, unbuffered", (code, out), (0, digest))
    code, out, _ = curl("-T", path, "-X", "POST", "-w", " %{http_code}", "-o", "/dev/null", f"{url}/echo")
    equal(name + "413 for an upload that is too long", out, b" 413")

    lines = [(at, line) for at, line in arrivals(["curl", "-s", "-N", f"{url}/events/20"]) if line.startswith("data:")]
    spread = lines[-1][0] - lines[0][0] if lines else 0
    check(name + "events come one by one", len(lines) == 20 and 0.36 <= spread < 2, "20 of them over about 0.4 s",
          f"{len(lines)} over {spread:.3f} s")

    for forged in ([], ["-H", "X-Forwarded-For: 192.0.2.1"], ["-H", "X-Forwarded-For: 192.0.2.1, 127.0.0.1"]):
        _, out, _ = curl("--interface", "127.0.0.2", *forged, f"{url}/client")
        equal(name + f"the client is who nginx says {' '.join(forged)}", out, b"127.0.0.2")

    before = server.descriptors()
    for target in ("/events/100000", "/bytes/100000000000"):
        code, _, _ = curl("--max-time", "0.5", "--limit-rate", "1M", "-o", "/dev/null", url + target)
        equal(name + f"a client gives up in the middle of {target}", code, 28)
        after = server.settles_at(before)
        check(name + f"the server lets go of {target}", after <= before, before, after)
    code, _, _ = curl("--max-time", "1", "--limit-rate", "1M", "-T", path, f"{url}/upload")
    equal(name + "a client gives up in the middle of an upload", code, 28)
    after = server.settles_at(before)
    check(name + "the server lets go of the upload", after <= before, before, after)
    healthy(name + "the server is healthy", server)


def spoofed(server):
    _, out, _ = curl("--interface", "127.0.0.2", "-H", "X-Forwarded-For: 192.0.2.1", server.url("/client"))
    equal("who is no proxy is not believed", out, b"127.0.0.2")
    _, out, _ = curl("-H", "X-Forwarded-For: 192.0.2.1", server.url("/client"))
    equal("who is one is", out, b"192.0.2.1")
    _, out, _ = curl("-H", "X-Forwarded-For: 192.0.2.1, nonsense", server.url("/client"))
    equal("what is left of nonsense is hearsay", out, b"127.0.0.1")
