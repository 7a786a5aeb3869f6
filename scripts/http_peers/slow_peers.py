"""slowhttptest: 500 connections that are as slow as they can be, while somebody else wants an answer."""

import re
import subprocess
import threading
import time

from support import FOLDER, Server, check, get, healthy, load, median, note, percentile, section

SECONDS = 30
MIB = 1 << 20
ATTACKS = [
    ("slow headers (-H)", ["-H", "-i", "5", "-x", "24", "-t", "GET"], "/"),
    ("slow bodies (-B)", ["-B", "-i", "5", "-x", "24", "-s", "8192", "-t", "PUT"], "/upload"),
    # Each asks three times for 1 MB and reads 32 bytes every 2 s, from a window of 1 to 512.
    ("slow reading (-X)", ["-X", "-w", "1", "-y", "512", "-n", "2", "-z", "32", "-k", "3"], "/bytes/1000000"),
]


def run():
    section("slowhttptest, 500 connections")
    for name, arguments, path in ATTACKS:
        # Noise of the machine can only make the difference larger, so the better of two counts.
        for last in (False, True):
            ratio, longest, kernel, trouble = attack(name, arguments, path)
            if last or (ratio <= 2 and longest < 1 and not trouble):
                break
            note("once more")
        check(f"{name}: everybody else is answered", not trouble, "200 each time", trouble)
        check(f"{name}: latency at most doubles", ratio <= 2, "median with attack ≤ 2 × without", f"{ratio:.2f} ×")
        check(f"{name}: nobody else waits long", longest < 1, "less than a second", f"{longest:.2f} s")
        # A MiB each. The system would give them four.
        check(f"{name}: little memory for what is not read", kernel < 512 * MIB,
              "less than 512 MiB in the system's buffers", f"{kernel / MIB:.0f} MiB")


def buffers():
    """Bytes that the system holds in the buffers of TCP."""
    with open("/proc/net/sockstat") as file:
        return int(re.search(r"TCP:.* mem (\d+)", file.read())[1]) * 4096


def attack(name, arguments, path):
    """Returns: the ratio of the medians; the longest wait; how much the system's buffers grew; and what went wrong for
    the normal client."""
    with Server(CONNECTIONS="600") as server:
        measure(server, 1)
        quiet, trouble = measure(server, 8)
        stop = threading.Event()
        held, sizes, runs = [], [], []

        def attacker():
            # It ends early when the server has closed all its connections, and is then started again.
            while not stop.is_set():
                runs.append(subprocess.Popen(
                    ["slowhttptest", "-c", "500", "-r", "500", "-l", str(SECONDS), "-p", "5", "-v", "1", *arguments,
                     "-u", server.url(path)], cwd=FOLDER, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
                runs[-1].wait()

        def watch():
            while not stop.is_set():
                held.append(server.descriptors())
                sizes.append(buffers())
                time.sleep(0.25)

        threads = [threading.Thread(target=attacker), threading.Thread(target=watch)]
        before, kernel = server.descriptors(), buffers()
        for thread in threads:
            thread.start()
        busy, more = measure(server, SECONDS)
        stop.set()
        while threads[0].is_alive():
            runs[-1].terminate()
            threads[0].join(0.2)
        threads[1].join()
        healthy(f"{name}: the server is healthy afterwards", server)
        connections = [count - before for count in held]
        check(f"{name}: the attack was one", percentile(connections, 50) > 300,
              "more than 300 connections most of the time", f"a median of {percentile(connections, 50)}")
        note(f"{name}: median {median(quiet) * 1000:.2f} ms without, {median(busy) * 1000:.2f} ms with the attack; p99 "
             f"{percentile(quiet, 99) * 1000:.2f} and {percentile(busy, 99) * 1000:.2f} ms; longest "
             f"{max(quiet) * 1000:.0f} and {max(busy) * 1000:.0f} ms; {len(busy)} requests; connections: median "
             f"{percentile(connections, 50)}, most {max(connections)}; {len(runs)} run(s); buffers "
             f"{(max(sizes) - kernel) / MIB:.0f} MiB; load {load()}")
        return median(busy) / median(quiet), max(busy), max(sizes) - kernel, trouble + more


def measure(server, seconds):
    """A new connection and GET / each 50 ms. Returns: seconds each took, and what went wrong."""
    latencies, trouble = [], []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.monotonic()
        try:
            latency, answer = get(server.address, timeout=5)
            if not answer.startswith(b"HTTP/1.1 200"):
                trouble.append(answer[:200])
            latencies.append(latency)
        except OSError as error:
            trouble.append(repr(error))
        time.sleep(max(0, 0.05 - (time.monotonic() - start)))
    return latencies, trouble[:3]
