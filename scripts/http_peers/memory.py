"""The memory that connections and uploads cost: VmRSS from /proc/PID/status, the server's libraries included."""

import socket
import subprocess
import threading
import time

from support import FOLDER, Server, check, equal, healthy, load, note, section

MIB = 1 << 20
IDLE = 5000
UPLOAD = 10 * (1 << 30)


def run():
    section("memory")
    idle()
    upload()


def idle():
    with Server(CONNECTIONS=str(IDLE + 100)) as server:
        before = server.memory()
        clients = []
        for _ in range(IDLE):
            client = socket.create_connection(server.address, 10)
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            clients.append(client)
        answered = sum(client.recv(4096).endswith(b"Hello, world!") for client in clients)
        equal(f"{IDLE:,} connections are answered", answered, IDLE)
        time.sleep(2)
        after = server.memory()
        note(f"{IDLE:,} idle connections after a request each: {after / MIB:.1f} MiB, {before / MIB:.1f} before, "
             f"{(after - before) / IDLE / 1024:.2f} KiB each")
        check(f"{IDLE:,} idle connections", after < 60 * 1_000_000, "less than 60 MB", f"{after / 1e6:.1f} MB")
        healthy(f"{IDLE:,} idle connections: another is answered", server)
        # All are still usable.
        for client in clients:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        answered = sum(client.recv(4096).endswith(b"Hello, world!") for client in clients)
        equal(f"{IDLE:,} connections are answered again", answered, IDLE)
        for client in clients:
            client.close()
        # The descriptors of the listening socket and the loops stay.
        left = server.settles_at(20, 10)
        check("all connections are let go", left <= 20, "20 descriptors or fewer", left)
        note(f"{server.memory() / MIB:.1f} MiB after they have gone")


def upload():
    path = FOLDER / "ten-gigabytes"
    with open(path, "wb") as file:
        file.truncate(UPLOAD)
    digest = subprocess.Popen(["sha256sum", path], stdout=subprocess.PIPE, text=True)
    expected = f"{UPLOAD} {digest.communicate()[0].split()[0]}\n"
    for name, arguments, source in [
        ("with a length", ["-T", path], None), ("in chunks, through a pipe", ["-T", "-"], open(path, "rb")),
    ]:
        with Server() as server:
            healthy("the server has begun", server)
            before, most, done = server.memory(), 0, threading.Event()
            start = time.monotonic()
            process = subprocess.Popen(["curl", "-sS", *arguments, server.url("/upload")], stdin=source,
                                       stdout=subprocess.PIPE, text=True)

            def watch():
                nonlocal most
                while not done.wait(0.1):
                    most = max(most, server.memory())

            watcher = threading.Thread(target=watch)
            watcher.start()
            out = process.communicate()[0]
            done.set()
            watcher.join()
            seconds = time.monotonic() - start
            equal(f"10 GiB {name}: length and SHA-256", out, expected)
            note(f"10 GiB {name}: {before / MIB:.1f} MiB before, at most {(most - before) / MIB:.1f} MiB more; "
                 f"{seconds:.0f} s, {UPLOAD / seconds / 1e6:.0f} MB/s, load {load()}")
            check(f"10 GiB {name}: memory", most - before < 16 * MIB, "less than 16 MiB more",
                  f"{(most - before) / MIB:.1f} MiB")
    path.unlink()
