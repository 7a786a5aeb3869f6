#!/usr/bin/env python3
"""Reads .regraft files as docs/bundle.md describes them, with nothing of Regraft's code: looks whether Regraft writes what is
described there, refuses what is not whole, and computes a photo's probabilities from a file's numbers alone.

    scripts/formats/check_bundle.py WORK [--regraft PROGRAM] [--samples FOLDER]

WORK is a folder to work in. Trains there, exports over HTTP, and compares with what /classify answers. The bottleneck comes from
the server's own bottleneck cache. Needs numpy, and sample photos (scripts/fetch_samples.sh).
"""

import argparse
import base64
import hashlib
import io
import json
import pathlib
import shutil
import sqlite3
import struct
import subprocess
import time
import urllib.error
import urllib.request
import zipfile

import numpy

MAGIC = b"\x89RGRAFT\n"
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Damaged(Exception):
    pass


def read(file):
    """The sections by name, in order."""
    def need(holds, what):
        if not holds:
            raise Damaged(what)

    need(len(file) >= 56 and file[:8] == MAGIC, "no bundle")
    version, count, length = struct.unpack_from("<IIQ", file, 8)
    need(length == len(file), "another length")
    need(hashlib.sha256(file[:-32]).digest() == file[-32:], "another checksum")
    need(version == 1, f"version {version}")
    need(1 <= count <= 64 and 24 + 64 * count <= len(file) - 32, "a table that does not fit")
    sections, place = {}, 24 + 64 * count
    for index in range(count):
        name, size, digest = struct.unpack_from("<24sQ32s", file, 24 + 64 * index)
        name = name.rstrip(b"\0").decode("ascii")
        need(name and name not in sections, "a name twice, or none")
        need(size <= len(file) - 32 - place, f"section {name} beyond the end")
        content = file[place:place + size]
        need(hashlib.sha256(content).digest() == digest, f"another checksum of {name}")
        sections[name] = content
        place += size
    need(place == len(file) - 32, "bytes of no section")
    return sections


def numbers(text):
    return numpy.frombuffer(base64.b64decode(text, validate=True), "<f4").astype(numpy.float64)


def probabilities(head, bottleneck):
    """softmax(weights · t(x) + biases), in 64 bits."""
    x = numpy.asarray(bottleneck, numpy.float64)
    if head["transform"] == "square_root_l2":
        x = numpy.sign(x) * numpy.sqrt(numpy.abs(x))
        x = x / numpy.linalg.norm(x)
    weights = numbers(head["weights"]).reshape(len(head["labels"]), head["feature_count"])
    logits = weights @ x + numbers(head["biases"])
    powers = numpy.exp(logits - logits.max())
    return powers / powers.sum()


class Server:
    def __init__(self, program, data):
        self.process = subprocess.Popen(
            [program, "serve", "--data", str(data), "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True)
        self.address = self.process.stdout.readline().split()[-1]
        while self.ask("GET", "/readyz")[0] != 200:
            time.sleep(0.05)

    def ask(self, method, path, body=None, kind=None):
        headers = {"Content-Type": kind} if kind else {}
        request = urllib.request.Request(self.address + path, data=body, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def follow(self, job):
        lines = self.ask("GET", f"/v1/jobs/{job}/events?after=0")[1].decode()
        assert '"state":"succeeded"' in lines, lines[-500:]

    def stop(self):
        self.process.terminate()
        self.process.wait()


def train(server, samples):
    archive = io.BytesIO()
    classes = [folder for folder in sorted(samples.iterdir()) if folder.is_dir()]
    with zipfile.ZipFile(archive, "w") as file:
        for folder in classes:
            for photo in sorted(folder.iterdir())[:12]:
                file.write(photo, f"{folder.name}/{photo.name}")
    server.follow(json.loads(server.ask("PUT", "/v1/datasets/photos", archive.getvalue(), "application/zip")[1])["id"])
    server.follow(json.loads(server.ask("POST", "/v1/jobs", b'{"dataset": "photos"}', "application/json")[1])["id"])
    return sorted(classes[0].iterdir())[0]


def check_sections(file, sections):
    """What the page says of each, beside the bytes."""
    assert list(sections) == ["provenance", "head", "evaluation", "descriptor"], list(sections)
    head, provenance = json.loads(sections["head"]), json.loads(sections["provenance"])
    evaluation, descriptor = json.loads(sections["evaluation"]), json.loads(sections["descriptor"])
    assert head["format"] == "regraft-bundle" and head["version"] == 3
    assert head["labels"] == [entry["label"] for entry in evaluation["classes"]]
    assert head["backbone"]["id"] == descriptor["id"] == evaluation["backbone"]
    assert descriptor.get("sha256", head["backbone"]["sha256"]) == head["backbone"]["sha256"]
    weights, biases = numbers(head["weights"]), numbers(head["biases"])
    assert weights.size == len(head["labels"]) * head["feature_count"] and biases.size == len(head["labels"])
    assert numpy.isfinite(weights).all() and numpy.isfinite(biases).all()
    assert head["feature_count"] == descriptor["feature_count"]
    print(f"{len(file)} bytes: {', '.join(f'{name} {len(content)}' for name, content in sections.items())}; "
          f"{provenance['dataset']}, {len(head['labels'])} labels")
    return head


def check_damage(server, file):
    """Both readers refuse the same: a few hundred cuts and bits here, and some of them at the server."""
    step = max(1, len(file) // 300)
    damaged = [file[:size] for size in range(0, len(file), step)]
    for place in range(0, len(file), step):
        copy = bytearray(file)
        copy[place] ^= 1 << (place % 8)
        damaged.append(bytes(copy))
    for index, other in enumerate(damaged):
        try:
            read(other)
            raise AssertionError("a damaged file was read")
        except Damaged:
            pass
        if index % 10 == 1:
            status, body = server.ask("POST", "/v1/models/damaged/import", other, "application/octet-stream")
            assert status == 422, (status, body)
    assert server.ask("GET", "/v1/models/damaged")[0] == 404
    print(f"{len(damaged)} damaged files are refused")


def bottleneck(data, photo):
    """As the server has it, which has seen the photo in one way only."""
    cache = sqlite3.connect(data / "bottlenecks.sqlite")
    digest = hashlib.sha256(photo.read_bytes()).digest()
    [[features]] = cache.execute("SELECT features FROM bottleneck WHERE photo = ?", [digest]).fetchall()
    return numpy.frombuffer(features, "<f4")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("work", type=pathlib.Path)
    arguments.add_argument("--regraft", default=str(ROOT / ".build/release/regraft"))
    arguments.add_argument("--samples", type=pathlib.Path, default=ROOT / ".deps/samples")
    options = arguments.parse_args()
    data = options.work / "bundle-data"
    shutil.rmtree(data, ignore_errors=True)
    server = Server(options.regraft, data)
    try:
        photo = train(server, options.samples)
        status, file = server.ask("GET", "/v1/models/photos/versions/latest/export?format=bundle")
        assert status == 200
        assert file == server.ask("GET", "/v1/models/photos/versions/1/export?format=bundle")[1]
        (options.work / "photos.regraft").write_bytes(file)
        head = check_sections(file, read(file))
        check_damage(server, file)
        answer = json.loads(server.ask(
            "POST", "/v1/models/photos/classify?top_k=1000", photo.read_bytes(), "application/octet-stream")[1])
        served = numpy.zeros(len(head["labels"]))
        for prediction in answer["predictions"]:
            served[prediction["index"]] = prediction["probability"]
    finally:
        server.stop()
    difference = numpy.abs(probabilities(head, bottleneck(data, photo)) - served).max()
    assert difference < 1e-4, difference
    print(f"numpy's probabilities of {photo.name} differ from the server's by at most {difference:.1e}")


if __name__ == "__main__":
    main()
