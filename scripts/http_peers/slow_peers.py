"""slowhttptest: 500 connections that are as slow as they can be, while somebody else wants an answer."""

import subprocess
import threading
import time

from support import FOLDER, Server, check, get, healthy, load, median, note, percentile, section

SECONDS = 30
ATTACKS = [
    ("slow headers (-H)", ["-H", "-i", "5", "-x", "24", "-t", "GET"], "/"),
    ("slow bodies (-B)", ["-B", "-i", "5", "-x", "24", "-s", "8192", "-t", "PUT"], "/upload"),
    # Each asks three times for 1 MB and reads 32 bytes every 2 s, from a window of 1 to 512.
    ("slow reading (-X)", ["-X", "-w", "1", "-y", "512", "-n", "2", "-z", "32", "-k", "3"], "/bytes/1000000"),
]


def run():
    section("slowhttptest, 500 connections")
    for name, arguments, path in ATTACKS:
        # Noise of the machine can only make the difference larger, so the best of three counts.
        for _ in range(3):
            ratio, text, trouble = attack(name, arguments, path)
            note(text)
            if ratio <= 2 and not trouble:
                break
            note("once more")
        check(f"{name}: everybody else is answered", not trouble, "200 each time", trouble)
        check(f"{name}: latency at most doubles", ratio <= 2, "median with attack ≤ 2 × without", f"{ratio:.2f} ×")


def attack(name, arguments, path):
    """Returns: the ratio of the medians; what was measured; and what went wrong for the normal client."""
    with Server(CONNECTIONS="600") as server:
        measure(server, 1)
        quiet, trouble = measure(server, 8)
        stop = threading.Event()
        opened, held, runs = [], [], []

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
                time.sleep(0.25)

        threads = [threading.Thread(target=attacker), threading.Thread(target=watch)]
        before = server.descriptors()
        for thread in threads:
            thread.start()
        time.sleep(2)  # until all are connected
        busy, more = measure(server, SECONDS - 2)
        stop.set()
        runs[-1].terminate()
        for thread in threads:
            thread.join()
        healthy(f"{name}: the server is healthy afterwards", server)
        connections = [count - before for count in held]
        check(f"{name}: the attack was one", percentile(connections, 50) > 300, "more than 300 connections most of the time",
              f"a median of {percentile(connections, 50)}")
        text = (f"{name}: median {median(quiet) * 1000:.2f} ms without, {median(busy) * 1000:.2f} ms with the attack; p99 "
                f"{percentile(quiet, 99) * 1000:.2f} and {percentile(busy, 99) * 1000:.2f} ms; {len(busy)} requests; "
                f"connections: median {percentile(connections, 50)}, most {max(connections)}; {len(runs)} run(s); "
                f"load {load()}")
        return median(busy) / median(quiet), text, trouble + more


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
