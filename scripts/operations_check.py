#!/usr/bin/env python3
"""Measures what an operator wants to know of a running server, and fails where it is not as it should be.

    scripts/operations_check.py [memory|accuracy|promotion|retrain ...] [--regraft .build/release/regraft]
        [--photos .deps/samples] [--models 1000] [--promotions 100] [--connections 32]

    memory      resident memory: idle, with one model, with 1,000 models of 10 classes
    accuracy    the photos in --accuracy-photos through the server and through `regraft retrain`: the same numbers
    promotion   promotions and rollbacks under load: no failed request, and each answer is of the version that it names
    retrain     the median of /classify while a training goes on, against the median without one
    again       a second training of the same photos, whose bottlenecks are known (its photos are made with Pillow)

Without a name, all of them. --photos and --accuracy-photos are folders with a subfolder of photos a class.
"""
import argparse
import concurrent.futures
import http.client
import io
import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

FAILURES = []


def say(text):
    print(text, flush=True)


def require(holds, text):
    if not holds:
        FAILURES.append(text)
        say(f"operations: FAILED {text}")


class Server:
    def __init__(self, regraft, data):
        self.log = open(data + ".log", "a")
        self.process = subprocess.Popen(
            [regraft, "serve", "--data", data, "--port", "0", "--set", "log.access_log=false",
             "--set", "limits.connections_per_peer=64"],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening on http://"):
            raise SystemExit(f"operations: error: the server did not start; see {self.log.name}")
        host, port = line.split("//")[1].strip().rsplit(":", 1)
        self.address = (host, int(port))
        while self.ask("GET", "/readyz")[0] != 200:
            time.sleep(0.02)

    def connection(self):
        connection = http.client.HTTPConnection(*self.address, timeout=120)
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def ask(self, method, path, body=None, headers=None, connection=None):
        own = connection or self.connection()
        try:
            own.request(method, path, body=body, headers=headers or {})
            response = own.getresponse()
            return response.status, response.read(), response.headers
        finally:
            if not connection:
                own.close()

    def json(self, method, path, value=None, **headers):
        body = None if value is None else json.dumps(value)
        if body:
            headers["Content-Type"] = "application/json"
        status, text, answered = self.ask(method, path, body, headers)
        if status >= 300:
            raise SystemExit(f"operations: error: {method} {path}: {status} {text.decode()}")
        return json.loads(text), answered

    def wait(self, job):
        while True:
            document, _ = self.json("GET", f"/v1/jobs/{job}")
            if document["state"] not in ("queued", "running"):
                if document["state"] != "succeeded":
                    raise SystemExit(f"operations: error: job {job}: {document['state']} {document['error']}")
                return document
            time.sleep(0.05)

    def upload(self, dataset, photos):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as zipped:
            for label, name, data in photos:
                zipped.writestr(f"{label}/{name}", data)
        status, text, _ = self.ask("PUT", f"/v1/datasets/{dataset}", archive.getvalue())
        if status != 202:
            raise SystemExit(f"operations: error: upload: {status} {text.decode()}")
        self.wait(json.loads(text)["id"])

    def train(self, dataset, **options):
        job, _ = self.json("POST", "/v1/jobs", {"dataset": dataset, **options})
        return self.wait(job["id"])

    def memory(self):
        """Resident bytes: what the process takes of the machine, shared libraries included."""
        text = open(f"/proc/{self.process.pid}/status").read()
        return int(re.search(r"VmRSS:\s+(\d+) kB", text).group(1)) * 1024

    def stop(self):
        self.process.terminate()
        require(self.process.wait(timeout=60) == 0, f"the server ended with {self.process.returncode}")


def read_photos(folder):
    return [(label, name, open(os.path.join(folder, label, name), "rb").read())
            for label in sorted(os.listdir(folder)) if os.path.isdir(os.path.join(folder, label))
            for name in sorted(os.listdir(os.path.join(folder, label)))]


def megabytes(count):
    return f"{count / 1e6:.0f} MB"


def measure_memory(options, folder):
    photos = read_photos(options.photos)
    # Which classes they are does not matter to memory: ten of the same size.
    photos = [(f"class-{index % 10}", name, data) for index, (_, name, data) in enumerate(photos)]
    data = os.path.join(folder, "memory")
    server = Server(options.regraft, data)
    idle = server.memory()
    server.upload("ten", photos)
    server.train("ten", model="model-0001")
    server.stop()

    def loaded():
        """A fresh server with all its models, after each of them has answered."""
        server = Server(options.regraft, data)
        ready = server.memory()
        models = []
        cursor = ""
        while True:
            page, _ = server.json("GET", f"/v1/models?limit=100{cursor}")
            models += [model["name"] for model in page["models"]]
            if not page.get("next_cursor"):
                break
            cursor = f"&cursor={page['next_cursor']}"
        for name in models:
            status, text, _ = server.ask("POST", f"/v1/models/{name}/classify", photos[0][2])
            require(status == 200, f"{name}: {status} {text}")
        answered = server.memory()
        return server, len(models), ready, answered

    server, count, ready, one = loaded()
    require(count == 1, f"{count} models instead of one")
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(
            lambda number: server.train("ten", model=f"model-{number:04}", recipe="retrain", how_many_training_steps=10),
            range(2, options.models + 1)))
    took = time.monotonic() - begin
    after = server.memory()
    server.stop()
    begin = time.monotonic()
    server, count, ready_many, many = loaded()
    require(count == options.models, f"{count} models instead of {options.models}")
    server.stop()
    say(f"memory: idle {megabytes(idle)}; ready with 1 model {megabytes(ready)}, after it has answered {megabytes(one)}; "
        f"ready with {options.models} {megabytes(ready_many)}, after each has answered {megabytes(many)}: "
        f"{megabytes(many - one)} more than one; after training them, before the restart, {megabytes(after)} "
        f"({(options.models - 1) / took:.0f} trainings a second)")
    require(many - one < 200e6, f"{options.models} models take {megabytes(many - one)} more than one")


def measure_accuracy(options, folder):
    photos = read_photos(options.accuracy_photos)
    server = Server(options.regraft, os.path.join(folder, "accuracy"))
    server.upload("photos", photos)
    for recipe in ("auto", "retrain"):
        job = server.train("photos", model=recipe, recipe=recipe)
        server_side, _ = server.json("GET", f"/v1/models/{recipe}/versions/{job['model_version']}/evaluation")
        output = subprocess.run(
            [options.regraft, "retrain", "--image_dir", options.accuracy_photos, "--recipe", recipe,
             "--output_graph", os.path.join(folder, "model.regraft"), "--output_labels", os.path.join(folder, "labels.txt"),
             "--bottleneck_dir", os.path.join(folder, "bottlenecks")],
            check=True, stdout=subprocess.PIPE, text=True).stdout
        percent, count = re.search(r"Final test accuracy = ([\d.]+)% \(N=(\d+)\)", output).groups()
        classes = re.findall(r"^(\S.*\S) +(\d+) +([\d.]+|–) +([\d.]+|–) +([\d.]+|–)$", output, re.MULTILINE)
        digits = lambda value: "–" if value is None else f"{value:.2f}"
        expected = [
            (entry["label"], str(entry["support"]), *(digits(entry.get(name)) for name in ("precision", "recall", "f1")))
            for entry in server_side["classes"]]
        same = sum(one == other for one, other in zip(classes, expected))
        say(f"accuracy, {recipe}: {100 * server_side['accuracy']:.1f} % of {server_side['test_images']} test photos through the server, "
            f"{percent} % of {count} through the command; {same} of {len(expected)} classes have the same precision, recall and F1")
        require(f"{100 * server_side['accuracy']:.1f}" == percent and str(server_side["test_images"]) == count
                and classes == expected, f"server and command differ: {expected} {classes}")
    server.stop()


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def longest_gap(times, begin, end):
    inside = sorted(time for time in times if begin <= time <= end)
    return max((b - a for a, b in zip(inside, inside[1:])), default=float("inf"))


class Load:
    """Clients on connections of their own that ask one question after the other until told to stop."""

    def __init__(self, server, path, pictures, connections):
        self.answers = []  # (when it came, seconds it took, picture, status, document)
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(server, path, pictures, number)) for number in range(connections)]
        for thread in self.threads:
            thread.start()

    def run(self, server, path, pictures, number):
        connection = server.connection()
        while not self.stopping.is_set():
            picture = number % len(pictures)
            number += 1
            begin = time.monotonic()
            try:
                status, text, _ = server.ask("POST", path, pictures[picture], connection=connection)
                end = time.monotonic()
                self.answers.append((end, end - begin, picture, status, json.loads(text)))
            except (OSError, http.client.HTTPException) as error:
                self.answers.append((time.monotonic(), 0, picture, 0, repr(error)))
                connection = server.connection()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def measure_promotion(options, folder):
    photos = read_photos(options.photos)
    server = Server(options.regraft, os.path.join(folder, "promotion"))
    server.upload("photos", photos)
    versions = [
        server.train("photos", model="moving", recipe="retrain", how_many_training_steps=steps, promotion="latest")["model_version"]
        for steps in (20, 40, 80, 160)
    ]
    pictures = [data for _, _, data in photos[::12]]
    expected = {}
    for version in versions:
        for index, picture in enumerate(pictures):
            _, text, _ = server.ask("POST", f"/v1/models/moving/classify?version={version}&top_k=100", picture)
            expected[version, index] = json.loads(text)["predictions"]
    require(len({json.dumps(value) for value in expected.values()}) == len(expected), "versions that answer alike")

    load = Load(server, "/v1/models/moving/classify?top_k=100", pictures, options.connections)
    time.sleep(2)
    quiet = (time.monotonic(), time.monotonic() + 8)
    time.sleep(8)
    begin = time.monotonic()
    now = versions[-1]
    took = []
    chance = random.Random(0)
    for _ in range(options.promotions):
        # Forward and back, never to where it is.
        now = chance.choice([version for version in versions if version != now])
        asked = time.monotonic()
        document, headers = server.json("GET", "/v1/models/moving/aliases/latest")
        server.json("PUT", "/v1/models/moving/aliases/latest", {"version": now}, **{"If-Match": headers["ETag"]})
        took.append(time.monotonic() - asked)
        status, text, _ = server.ask("POST", "/v1/models/moving/classify", pictures[0])
        require(status == 200 and json.loads(text)["version"] == now, f"after the promotion of {now}: {status} {text}")
    end = time.monotonic()
    load.stop()
    server.stop()
    failed = [answer for answer in load.answers if answer[3] != 200]
    wrong = [
        answer for answer in load.answers
        if answer[3] == 200 and answer[4]["predictions"] != expected[answer[4]["version"], answer[2]]
    ]
    during = [answer for answer in load.answers if begin <= answer[0] <= end]
    times = [answer[0] for answer in load.answers]
    latencies = {
        name: [answer[1] for answer in load.answers if start <= answer[0] <= stop]
        for name, (start, stop) in (("without", quiet), ("during", (begin, end)))
    }
    say(f"promotion: {options.promotions} promotions and rollbacks in {end - begin:.1f} s (median {statistics.median(took) * 1e3:.0f} ms) "
        f"under {options.connections} connections: {len(during)} answers of "
        f"{len({answer[4]['version'] for answer in during if answer[3] == 200})} versions, {len(failed)} failed, "
        f"{len(wrong)} not of the version they name; "
        + "; ".join(f"{name} promotions median {statistics.median(values) * 1e3:.0f} ms, 99 % {percentile(values, 0.99) * 1e3:.0f} ms, "
                    f"longest time without an answer {longest_gap(times, *(quiet if name == 'without' else (begin, end))) * 1e3:.0f} ms"
                    for name, values in latencies.items()))
    require(not failed, f"{len(failed)} requests failed, the first: {failed[:1]}")
    require(not wrong, f"{len(wrong)} answers are not of the version they name, the first: {wrong[:1]}")


def measure_retrain(options, folder):
    photos = read_photos(options.photos)
    server = Server(options.regraft, os.path.join(folder, "retrain"))
    server.upload("photos", photos)
    server.train("photos", model="serving")
    pictures = [data for _, _, data in photos[::12]]
    path = "/v1/models/serving/classify"

    def median(connections, while_holds):
        load = Load(server, path, pictures, connections)
        begin = time.monotonic()
        holds = True
        while holds and time.monotonic() - begin < 10:
            time.sleep(0.1)
            holds = while_holds()
        load.stop()
        # The first few find caches cold, the last may be answered when the training is over.
        latencies = [answer[1] for answer in load.answers if answer[3] == 200][2 * connections:-2 * connections]
        require(all(answer[3] == 200 for answer in load.answers), "requests failed beside the training")
        return statistics.median(latencies), len(latencies)

    # Distorted views of every photo, computed for the first time: minutes of work for the backbone. And then a long fit.
    trainings = {
        "extract": dict(recipe="retrain", flip_left_right=True, random_crop=20, random_scale=20, views=64),
        "fit": dict(recipe="retrain", how_many_training_steps=1_000_000, eval_step_interval=1000),
    }
    for connections in (1, 4):
        for phase, training in trainings.items():
            ratios = []
            for round in range(3):
                alone, _ = median(connections, lambda: True)
                training["seed"] = 100 * connections + round
                job, _ = server.json("POST", "/v1/jobs", {"dataset": "photos", "model": "other", **training})
                state = lambda: server.json("GET", f"/v1/jobs/{job['id']}")[0]
                while state()["phase"] != phase:
                    if state()["state"] not in ("queued", "running"):
                        raise SystemExit(f"operations: error: the training was over too soon: {state()}")
                    time.sleep(0.05)
                start = state()
                beside, count = median(connections, lambda: state()["phase"] == phase)
                end = state()
                server.json("POST", f"/v1/jobs/{job['id']}/cancel")
                while state()["state"] in ("queued", "running"):
                    time.sleep(0.05)
                ratios.append((beside / alone, alone, beside, count, end["done"] - start["done"]))
            ratio, alone, beside, count, done = sorted(ratios)[1]
            say(f"retrain, {phase}, {connections} connections: median {beside * 1e3:.1f} ms beside a training ({count} answers, in which the "
                f"training did {done} {'photos' if phase == 'extract' else 'steps'}), {alone * 1e3:.1f} ms without: {ratio:.2f} times "
                f"(of three rounds the middle one; {', '.join(f'{value[0]:.2f}' for value in ratios)})")
            require(ratio <= 2, f"a training makes /classify {ratio:.2f} times as slow")
    server.stop()


def measure_again(options, folder):
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise SystemExit("operations: error: `again` makes its photos with Pillow: pip install pillow")
    originals = read_photos(options.accuracy_photos)
    chance = random.Random(0)
    photos = []
    for number in range(options.again_photos):
        label, name, data = originals[number % len(originals)]
        picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
        # Other views of the photos there are: about as hard to tell apart as that many photos, and none like another.
        width, height = (max(64, int(side * chance.uniform(0.5, 0.9))) for side in picture.size)
        left, top = (chance.randint(0, max(0, whole - part)) for whole, part in zip(picture.size, (width, height)))
        picture = picture.crop((left, top, left + width, top + height))
        if chance.random() < 0.5:
            picture = ImageOps.mirror(picture)
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=90)
        photos.append((label, f"{number}-{name}.jpg", out.getvalue()))
    server = Server(options.regraft, os.path.join(folder, "again"))
    begin = time.monotonic()
    server.upload("photos", photos)
    uploaded = time.monotonic()
    server.train("photos")
    trained = time.monotonic()
    times = []
    for seed in range(1, 4):
        begun = time.monotonic()
        job, _ = server.json("POST", "/v1/jobs", {"dataset": "photos", "seed": seed})
        version = server.wait(job["id"])["model_version"]
        status, text, _ = server.ask("POST", "/v1/models/photos/classify", photos[0][2])
        times.append(time.monotonic() - begun)
        require(status == 200 and json.loads(text)["version"] == version, f"the new version does not answer: {text}")
    say(f"again: {len(photos)} photos in {len({label for label, _, _ in photos})} classes: upload and ingest {uploaded - begin:.1f} s, first training "
        f"{trained - uploaded:.1f} s, second with recipe auto {statistics.median(times):.2f} s from the request to an answer by the new version "
        f"(of three the middle one; {', '.join(f'{value:.2f}' for value in times)}); resident memory {megabytes(server.memory())}")
    require(statistics.median(times) < 2, f"the second training takes {statistics.median(times):.2f} s")
    server.stop()


def main():
    measures = {
        "memory": measure_memory, "accuracy": measure_accuracy, "promotion": measure_promotion, "retrain": measure_retrain,
        "again": measure_again,
    }
    parser = argparse.ArgumentParser()
    parser.add_argument("measures", nargs="*", metavar="|".join(measures))
    parser.add_argument("--regraft", default=".build/release/regraft")
    parser.add_argument("--photos", default=".deps/samples")
    parser.add_argument("--accuracy-photos")
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--promotions", type=int, default=100)
    parser.add_argument("--again-photos", type=int, default=5000)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    options.accuracy_photos = options.accuracy_photos or options.photos
    for name in options.measures or measures:
        if name not in measures:
            parser.error(f"there is no {name}")
        with tempfile.TemporaryDirectory() as folder:
            measures[name](options, folder)
    sys.exit(1 if FAILURES else 0)


main()
