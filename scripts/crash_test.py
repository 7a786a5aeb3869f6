#!/usr/bin/env python3
"""Kills a server at random moments of uploads, imports, trainings and promotions, and looks whether anything it had
acknowledged is missing or different afterwards, or visible by half.

    scripts/crash_test.py [--kills 200] [--seed 0] [--regraft .build/release/regraft] [--photos .deps/samples]

Each round starts the server on the same data, lets a few clients work for a random time, and sends SIGKILL. Some uploads take
0.2 to 1.5 s, so that kills come into their bodies. At the end it is started once more, and looked for (`crash/verdict.py`) is
everything that was ever acknowledged with 2xx:

    photos      by SHA-256, under the label that they were given last, and not those that were deleted
    archives    uploaded or fetched from a URL: all that they held; one without an acknowledgement is there whole or not at all,
                and of a body whose last byte was not sent, nothing
    uploads     that were repeated with their Idempotency-Key: one job
    jobs        succeeded; or `interrupted`, after three attempts in which the server was killed
    models      each version that a training has made or that has answered: with its evaluation, and it answers
    aliases     where they were moved to; plain /classify answers with what `latest` names

SIGKILL does not lose what the kernel has in its caches; whether writes reach the disk in the right order is for
`operations_check.py order`.
"""
import argparse
import os
import random
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True

from crash.client import Client
from crash.ledger import Ledger
from crash.server import Server
from crash.shelf import Shelf
from crash.verdict import Verdict


def read_photos(folder):
    photos = {}
    for label in sorted(os.listdir(folder)):
        if os.path.isdir(os.path.join(folder, label)):
            photos[label] = []
            for name in sorted(os.listdir(os.path.join(folder, label))):
                with open(os.path.join(folder, label, name), "rb") as file:
                    photos[label].append((name, file.read()))
    return photos


def kill_once(server, clients, seconds):
    """Returns what is wrong with how the server ended, or None."""
    stop = threading.Event()
    threads = [threading.Thread(target=client.run, args=(stop,)) for client in clients]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    failure = server.kill()
    stop.set()
    for thread in threads:
        thread.join()
    return failure


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--regraft", default=".build/release/regraft")
    parser.add_argument("--photos", default=".deps/samples")
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--longest", type=float, default=4.0, help="seconds of work before a kill, at most")
    options = parser.parse_args()
    photos = read_photos(options.photos)
    chance = random.Random(options.seed)
    ledger = Ledger()
    start = time.monotonic()
    kills = 0
    with tempfile.TemporaryDirectory() as folder, open(os.path.join(folder, "server.log"), "w") as log:
        data = os.path.join(folder, "data")
        shelf = Shelf(os.path.join(folder, "shelf"))
        server = None
        try:
            while kills < options.kills and not ledger.failures:
                server = Server(options.regraft, data, log)
                clients = [Client(server, photos, ledger, shelf, chance.random()) for _ in range(options.clients)]
                failure = kill_once(server, clients, chance.uniform(0.05, options.longest))
                if failure:
                    ledger.note_failure(failure)
                kills += 1
                if kills % 20 == 0:
                    print(f"crash: {kills} kills, {len(ledger.photos)} photos, {len(ledger.jobs)} jobs, "
                          f"{ledger.answers} answers acknowledged", flush=True)
            server = Server(options.regraft, data, log)
            server.wait_until_ready()
            verdict = Verdict(server, ledger, photos["birds"][0][1])
            verdict.check()
            server.process.terminate()
            if server.process.wait() != 0:
                verdict.fail(f"the server ended with {server.process.returncode}")
        finally:
            if server:
                server.kill()
            shelf.close()
        for failure in verdict.failures[:20]:
            print(f"crash: FAILED {failure}")
        if verdict.failures:
            log.flush()
            print(open(log.name).read()[-3000:])
    compared = verdict.succeeded("ingest").keys() & ledger.archives.keys()
    print(f"crash: {kills} kills in {time.monotonic() - start:.0f} s, {ledger.cut} uploads cut off in their bodies: "
          f"{len(ledger.photos)} photos ({len(ledger.removed)} deleted, {sum(ledger.relabelled.values())} relabelled), "
          f"{len(compared)} archives ({len(compared & ledger.imported)} fetched, {len(ledger.keys)} sent with a key), "
          f"{len(verdict.jobs)} jobs ({verdict.states()}; {len(verdict.unbegun)} begun after the last kill), "
          f"{len(verdict.succeeded('train'))} versions made and {sum(map(len, ledger.versions.values()))} that answered, "
          f"aliases moved {sum(generation for generation, _ in ledger.aliases.values())} times, {ledger.answers} answers; "
          f"{len(verdict.failures)} failures")
    sys.exit(1 if verdict.failures else 0)


main()
