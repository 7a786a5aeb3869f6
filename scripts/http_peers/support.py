"""What all the checks share: starting the server, looking at its process, saying what was expected and what came."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

BINARY = os.environ["HTTP_UNDER_TEST"]
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="http-peers-"))
failures = []
checks = 0


def section(title):
    print(f"\n== {title} (load {load()})", flush=True)


def note(text):
    print(f"   {text}", flush=True)


def check(name, ok, expected, came):
    """Counts a check. What came is only said where it is not what was expected."""
    global checks
    checks += 1
    if ok:
        print(f"ok {name}", flush=True)
        return
    failures.append(name)
    print(f"FAILED {name}\n   expected: {expected}\n   came:     {came}", flush=True)


def equal(name, came, expected):
    check(name, came == expected, shorten(expected), shorten(came))


def contains(name, text, part):
    check(name, part.lower() in text.lower(), f"something with {part!r}", shorten(text))


def shorten(value):
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) < 600 else f"{text[:400]} … {text[-150:]} ({len(text)} characters)"


def load():
    return " ".join(f"{number:.2f}" for number in os.getloadavg())


class Server:
    """The server under test in a process of its own. Settings are its environment's; see Tests/HTTPUnderTest."""

    def __init__(self, **settings):
        self.errors = open(FOLDER / f"server-{time.monotonic_ns()}.log", "w+")
        self.process = subprocess.Popen(
            [BINARY], env={"PATH": os.environ["PATH"], "TMPDIR": str(FOLDER), **settings}, stdout=subprocess.PIPE,
            stderr=self.errors, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        if not found:
            sys.exit(f"the server did not start: it said {line!r}")
        self.port = int(found[1])
        self.address = ("127.0.0.1", self.port)

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """A server that has crashed, or that does not end when it is asked to, is a failed check."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "nothing for 40 s"
        self.errors.seek(0)
        said = self.errors.read()
        if code != 0:
            check("the server ends with status 0 after SIGTERM", False, 0, f"{code}; it said: {shorten(said)}")

    def memory(self):
        """VmRSS: the bytes of the process that are in memory, its share of libraries included."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(re.search(r"VmRSS:\s+(\d+) kB", file.read())[1]) * 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def settles_at(self, count, seconds=5):
        """Waits for the descriptors of clients that have gone to be closed. Says how many there are in the end."""
        end = time.monotonic() + seconds
        while self.descriptors() > count and time.monotonic() < end:
            time.sleep(0.05)
        return self.descriptors()


def get(address, path="/", timeout=10):
    """A request on a connection of its own.
    Returns: seconds from connecting to the end of the answer, and the answer."""
    start = time.monotonic()
    answer = b""
    with socket.create_connection(address, timeout) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        while piece := client.recv(65536):
            answer += piece
    return time.monotonic() - start, answer


def healthy(name, server):
    try:
        seconds, answer = get(server.address)
    except OSError as error:
        return check(name, False, "a server that answers", repr(error))
    ok = answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"Hello, world!") and seconds < 1
    check(name, ok, "200 within a second", f"{seconds:.3f} s, {shorten(answer)}")


def pattern(count):
    """What /bytes/{count} answers."""
    return (bytes(i * 31 % 256 for i in range(256)) * (count // 256 + 1))[:count]


def arrivals(command):
    """Runs a command that prints lines. Returns: each with the seconds after which it came."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    lines = [(time.monotonic() - start, line.rstrip("\n")) for line in process.stdout]
    process.wait()
    return lines


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def percentile(values, percent):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * percent / 100))]
