#!/usr/bin/env python3
"""Fills the disk under a running server, and looks whether it says so, keeps nothing by half and goes on answering.

    scripts/disk_full_check.py [--regraft .build/release/regraft] [--photos .deps/samples]

The data is on a file system in memory of 48 MB, in a name space of this script's own: as root, or where unprivileged users
may have one (unshare --user --map-root-user --mount).
"""
import argparse
import hashlib
import http.client
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile

SIZE = 48 << 20
FAILURES = []


def require(holds, text):
    if not holds:
        FAILURES.append(text)
        print(f"disk: FAILED {text}", flush=True)


class Server:
    def __init__(self, regraft, data, log):
        self.process = subprocess.Popen(
            [regraft, "serve", "--data", data, "--port", "0", "--set", "log.access_log=false",
             # So that it is the disk that refuses, and not the look at it before.
             "--set", "data.minimum_free_bytes=0"],
            stdout=subprocess.PIPE, stderr=log, text=True)
        host, port = self.process.stdout.readline().split("//")[1].strip().rsplit(":", 1)
        self.address = (host, int(port))
        while self.ask("GET", "/readyz")[0] != 200:
            time.sleep(0.02)

    def ask(self, method, path, body=None, content_type=None):
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        try:
            try:
                connection.request(method, path, body=body, headers={"Content-Type": content_type} if content_type else {})
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before all of it was sent: the answer is there all the same
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def json(self, method, path, value=None):
        status, text = self.ask(method, path, value and json.dumps(value), value and "application/json")
        return status, json.loads(text) if text else None

    def wait(self, job):
        while True:
            _, document = self.json("GET", f"/v1/jobs/{job}")
            if document["state"] not in ("queued", "running"):
                return document
            time.sleep(0.05)


def archive(photos):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        for label, name, data in photos:
            zipped.writestr(f"{label}/{name}", data)
    return out.getvalue()


def used(folder):
    status = os.statvfs(folder)
    return (status.f_blocks - status.f_bfree) * status.f_frsize


def work(options, data):
    log = open(os.path.join(os.path.dirname(data), "server.log"), "w+")
    photos = [(label, name, open(os.path.join(options.photos, label, name), "rb").read())
              for label in sorted(os.listdir(options.photos)) for name in sorted(os.listdir(os.path.join(options.photos, label)))]
    server = Server(options.regraft, data, log)
    _, job = server.ask("PUT", "/v1/datasets/good", archive(photos))
    require(server.wait(json.loads(job)["id"])["state"] == "succeeded", "the first upload")
    _, job = server.json("POST", "/v1/jobs", {"dataset": "good"})
    require(server.wait(job["id"])["state"] == "succeeded", "the first training")

    def answers(when):
        status, text = server.ask("POST", "/classify", photos[0][2])
        require(status == 200, f"{when}, /classify answers {status} {text}")

    answers("before")
    before = used(data)

    def room_is_made(when):
        deadline = time.monotonic() + 90
        # The write-ahead logs stay as long as they were.
        while used(data) > before + (12 << 20) and time.monotonic() < deadline:
            time.sleep(0.1)
        require(used(data) <= before + (12 << 20), f"{when} {used(data) >> 20} MB are used, {before >> 20} were before")

    chance = random.Random(0)
    # One upload that does not fit, as an archive and as a picture with a long tail.
    big = archive([(label, name, content + chance.randbytes(400_000)) for label, name, content in photos])
    require(len(big) > SIZE, "the archive is too small to fill the disk")
    status, text = server.ask("PUT", "/v1/datasets/big", big)
    require(status == 507, f"an archive that does not fit: {status} {text}")
    print(f"disk: an archive of {len(big) >> 20} MB: {status} {json.loads(text)['detail']}")
    # Sent in chunks, so that nobody knows its length before: the disk is full in the middle of it.
    status, text = server.ask("PUT", "/v1/datasets/big", (big[at:at + 65_536] for at in range(0, len(big), 65_536)))
    require(status == 507, f"an archive that does not fit, in chunks: {status} {text}")
    print(f"disk: the same in chunks: {status} {json.loads(text)['detail']}")
    answers("after the archive")
    require(server.ask("GET", "/v1/datasets/big")[0] == 404, "a dataset of an upload that was refused is there")
    # Write-ahead logs may have grown; no more than that is left of it.
    time.sleep(1)
    require(used(data) - before < 3 << 20, f"{used(data) - before} bytes are left of the upload that was refused")

    # An archive that fits, whose photos do not.
    medium = [(label, name, content + chance.randbytes(150_000)) for label, name, content in photos]
    status, text = server.ask("PUT", "/v1/datasets/medium", archive(medium))
    if status == 202:
        job = server.wait(json.loads(text)["id"])
        require(job["state"] == "failed", f"an ingest that does not fit: {job}")
        print(f"disk: its ingest: {job['state']}, {job['error']}")
        status, text = server.ask("GET", "/v1/datasets/medium")
        require(status == 404 or json.loads(text)["images"] == 0, f"photos of an ingest that failed are there: {text}")
    else:
        require(status == 507, f"an archive: {status} {text}")
    answers("after the ingest")
    room_is_made("after an ingest that did not fit")

    # Photo by photo until nothing more fits.
    kept = {}
    for number in range(10_000):
        label, name, content = photos[number % len(photos)]
        content += chance.randbytes(200_000)
        status, text = server.ask("POST", f"/v1/datasets/photos/images?label={label}", content)
        if status != 201:
            break
        kept[json.loads(text)["images"][0]["id"]] = hashlib.sha256(content).hexdigest()
    require(status == 507, f"a photo that does not fit: {status} {text}")
    print(f"disk: after {len(kept)} photos: {status} {json.loads(text)['detail']}")
    answers("with the disk full")
    for identifier, digest in kept.items():
        status, content = server.ask("GET", f"/v1/datasets/photos/images/{identifier}")
        require(status == 200 and hashlib.sha256(content).hexdigest() == digest, f"photo {identifier} is gone: {status}")
    status, page = server.json("GET", "/v1/datasets/photos")
    require(page["images"] == len(kept), f"{page['images']} photos are listed, {len(kept)} were kept")
    # What is there can be trained on and asked for, or says why not.
    status, job = server.json("POST", "/v1/jobs", {"dataset": "good", "seed": 1})
    if status == 202:
        job = server.wait(job["id"])
        print(f"disk: a training on the full disk: {job['state']}, {job['error']}")
    else:
        require(status == 507, f"a training: {status} {job}")
        print(f"disk: a training on the full disk: {status} {job['detail']}")
    answers("after a training on the full disk")

    # To the last byte, by somebody else's file: what makes room must work all the same.
    filler = os.path.join(data, ".filler")
    subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=4k"], stderr=subprocess.DEVNULL)
    require(os.statvfs(data).f_bavail == 0, "the disk is not full to the last byte")
    status, text = server.ask("DELETE", "/v1/datasets/good")
    require(status == 204, f"deleting with not a byte left: {status} {text}")
    answers("with not a byte left")
    # What deleting gave back is taken too, the reserve's room first of all.
    time.sleep(3)
    subprocess.run(["dd", "if=/dev/zero", f"of={filler}.2", "bs=4k"], stderr=subprocess.DEVNULL)
    server.process.terminate()
    require(server.process.wait(60) == 0, f"with a full disk the server ended with {server.process.returncode}")
    server = Server(options.regraft, data, log)
    answers("after a restart on a full disk")
    for name in (filler, filler + ".2"):
        os.remove(name)
    print("disk: full to the last byte: deleted, ended with 0, started again")

    # Room is made, and everything goes on without a restart.
    status, text = server.ask("DELETE", "/v1/datasets/photos")
    require(status == 204, f"deleting to make room: {status} {text}")
    room_is_made("after deleting")
    status, text = server.ask("POST", "/v1/datasets/photos/images?label=a", photos[0][2] + chance.randbytes(200_000))
    require(status == 201, f"a photo after room was made: {status} {text}")
    server.process.terminate()
    require(server.process.wait(30) == 0, f"the server ended with {server.process.returncode}")
    # And it is whole.
    server = Server(options.regraft, data, log)
    answers("after a restart")
    require(server.ask("GET", "/v1/datasets/good")[0] == 404, "a dataset that was deleted on the full disk is there")
    server.process.terminate()
    require(server.process.wait(30) == 0, f"the server ended with {server.process.returncode}")
    if FAILURES:
        log.seek(0)
        print(log.read()[-3000:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--regraft", default=".build/release/regraft")
    parser.add_argument("--photos", default=".deps/samples")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.inside:
        with tempfile.TemporaryDirectory() as folder:
            data = os.path.join(folder, "data")
            os.mkdir(data)
            user = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
            inside = [sys.executable, __file__, "--inside", data, "--regraft", options.regraft, "--photos", options.photos]
            sys.exit(subprocess.call(
                ["unshare", *user, "--mount", "sh", "-c", f'mount -t tmpfs -o size={SIZE} none "$0" && exec "$@"', data, *inside]))
    work(options, options.inside)
    print(f"disk: {len(FAILURES)} failures")
    sys.exit(1 if FAILURES else 0)


main()
