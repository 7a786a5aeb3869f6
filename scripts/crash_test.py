#!/usr/bin/env python3
"""Kills a server at random moments of uploads, trainings and promotions, and looks whether anything it had acknowledged is
missing or different afterwards, or visible by half.

    scripts/crash_test.py [--kills 200] [--seed 0] [--regraft .build/release/regraft] [--photos .deps/samples]

Each round starts the server on the same data, lets a few clients work for a random time, and sends SIGKILL. At the end it is
started once more and everything that was ever acknowledged with 2xx is asked for: datasets and their photos (by SHA-256, and
not those that were deleted; under the label that they were given last), what archives held, uploads that were repeated with
their Idempotency-Key (which must be one job), jobs (which must come to an end), models, aliases and the answer of /classify. (SIGKILL does not lose what the kernel has in
its caches; that writes reach the disk in the right order is for the storage's own tests.)
"""
import argparse
import hashlib
import http.client
import io
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile


class Server:
    def __init__(self, regraft, data, log):
        self.process = subprocess.Popen(
            [regraft, "serve", "--data", data, "--port", "0", "--set", "log.access_log=false"],
            stdout=subprocess.PIPE, stderr=log, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening on http://"):
            raise SystemExit(f"the server did not start: {line!r}")
        host, port = line.split("//")[1].strip().rsplit(":", 1)
        self.address = (host, int(port))

    def ask(self, method, path, body=None, headers=None, timeout=60):
        connection = http.client.HTTPConnection(*self.address, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def json(self, method, path, value=None):
        body = None if value is None else json.dumps(value)
        status, text = self.ask(method, path, body, {"Content-Type": "application/json"} if body else {})
        return status, json.loads(text) if text else None

    def wait_until_ready(self):
        for _ in range(600):
            if self.process.poll() is not None:
                raise SystemExit(f"the server ended by itself with {self.process.returncode}")
            try:
                if self.ask("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise SystemExit("the server does not become ready")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Ledger:
    """What the server has acknowledged."""

    def __init__(self):
        self.lock = threading.Lock()
        self.jobs = set()
        self.photos = {}  # (dataset, image id) -> SHA-256
        self.labels = {}  # (dataset, image id) -> the labels that it may have: more than one where an answer never came
        self.removed = set()  # (dataset, image id) whose deletion was acknowledged
        self.unsure = set()  # (dataset, image id) whose deletion was asked for
        self.relabelled = {}  # (dataset, image id) -> how often that was acknowledged
        self.archives = {}  # job -> (dataset, label and SHA-256 of every photo that was sent)
        self.keys = {}  # Idempotency-Key -> (dataset, archive, photos, job or None where no answer came)
        self.versions = {}  # model -> the versions that were seen to answer
        self.aliases = {}  # model -> (generation, version) of `latest` that was last acknowledged or seen
        self.answers = 0

    def note(self, change):
        with self.lock:
            change(self)

    def note_photo(self, photo, digest, label):
        with self.lock:
            self.photos[photo] = digest
            self.labels.setdefault(photo, set()).add(label)
            self.relabelled[photo] = 0

    def note_label(self, photo, label):
        """Two clients may relabel one photo at a time, so that any label that was asked for since may be the last."""
        with self.lock:
            self.labels[photo].add(label)
            self.relabelled[photo] += 1

    def note_upload(self, dataset, sent, job, key, archive):
        with self.lock:
            self.jobs.add(job)
            self.archives[job] = (dataset, sent)
            if key:
                self.keys[key] = (dataset, archive, sent, job)

    def note_alias(self, alias):
        with self.lock:
            known = self.aliases.get(alias["model"], (0, 0))
            self.aliases[alias["model"]] = max(known, (alias["generation"], alias["version"]))


def client(server, photos, ledger, seed, stop):
    """Does what users do until the server is gone."""
    chance = random.Random(seed)
    try:
        while not stop.is_set():
            what = chance.random()
            dataset = f"set-{chance.randrange(3)}"
            if what < 0.08:
                # Again what was sent before, perhaps before a kill: one job in the end.
                with ledger.lock:
                    known = sorted(ledger.keys.items())
                if known:
                    key, (dataset, archive, sent, job) = chance.choice(known)
                    status, text = server.ask(
                        "PUT", f"/v1/datasets/{dataset}?mode=add", archive, {"Idempotency-Key": key})
                    if status == 202:
                        again = json.loads(text)["id"]
                        if job not in (None, again):
                            raise SystemExit(f"an upload repeated with its key is another job: {job} {again}")
                        ledger.note_upload(dataset, sent, again, key, archive)
                    elif status not in (409,):
                        raise SystemExit(f"repeated upload: {status} {text}")
            elif what < 0.25:
                archive, sent = io.BytesIO(), set()
                with zipfile.ZipFile(archive, "w") as zipped:
                    for label in sorted(photos):
                        for name, data in chance.sample(photos[label], 4):
                            zipped.writestr(f"{label}/{name}", data)
                            sent.add((label, hashlib.sha256(data).hexdigest()))
                headers, key = {}, None
                if chance.random() < 0.5:
                    key = f"key-{chance.randrange(1 << 60):x}"
                    headers["Idempotency-Key"] = key
                    ledger.note(lambda book: book.keys.__setitem__(key, (dataset, archive.getvalue(), sent, None)))
                status, text = server.ask("PUT", f"/v1/datasets/{dataset}?mode=add", archive.getvalue(), headers)
                if status == 202:
                    ledger.note_upload(dataset, sent, json.loads(text)["id"], key, archive.getvalue())
                elif status not in (409,):
                    raise SystemExit(f"upload: {status} {text}")
            elif what < 0.32:
                # One of those posted one by one: archives of the others may bring the same photo again.
                with ledger.lock:
                    mine = sorted(ledger.photos.keys() - ledger.unsure)
                if mine:
                    dataset, image = chance.choice(mine)
                    if chance.random() < 0.5:
                        ledger.note(lambda book: book.unsure.add((dataset, image)))
                        status, text = server.ask("DELETE", f"/v1/datasets/{dataset}/images/{image}")
                        if status in (200, 204):
                            ledger.note(lambda book: book.removed.add((dataset, image)))
                    else:
                        label = chance.choice(sorted(photos))
                        ledger.note(lambda book: book.labels[(dataset, image)].add(label))
                        status, text = server.json("PATCH", f"/v1/datasets/{dataset}/images/{image}", {"label": label})
                        if status == 200:
                            ledger.note_label((dataset, image), label)
                    # Another client may have deleted it in between.
                    if status not in (200, 204, 404, 409):
                        raise SystemExit(f"change of a photo: {status} {text}")
            elif what < 0.45:
                label = chance.choice(sorted(photos))
                name, data = chance.choice(photos[label])
                # Its bytes differ each time, so that it is a new photo; readers pass over what follows the end of a PNG.
                data += chance.randbytes(8)
                status, text = server.ask("POST", f"/v1/datasets/{dataset}/images?label={label}&name={name}", data)
                if status == 201:
                    image = json.loads(text)["images"][0]
                    digest = hashlib.sha256(data).hexdigest()
                    ledger.note_photo((dataset, image["id"]), digest, label)
                elif status not in (409,):
                    raise SystemExit(f"photo: {status} {text}")
            elif what < 0.65:
                status, job = server.json("POST", "/v1/jobs", {"dataset": dataset})
                if status == 202:
                    ledger.note(lambda book: book.jobs.add(job["id"]))
                elif status not in (404, 409):
                    raise SystemExit(f"job: {status} {job}")
            elif what < 0.75:
                # Forward or back, to any version there is.
                status, model = server.json("GET", f"/v1/models/{dataset}")
                if status == 200:
                    number = chance.choice(model["versions"])["version"]
                    status, answer = server.json("PUT", f"/v1/models/{dataset}/aliases/latest", {"version": number})
                    if status == 200:
                        ledger.note_alias(answer)
                if status not in (200, 404):
                    raise SystemExit(f"alias: {status} {answer}")
            else:
                name, data = chance.choice(photos["birds"])
                status, text = server.ask("POST", "/classify", data)
                if status == 200:
                    answer = json.loads(text)
                    def note(book):
                        book.answers += 1
                        if answer["model"]:
                            book.versions.setdefault(answer["model"], set()).add(answer["version"])
                    ledger.note(note)
                elif status not in (503,):
                    raise SystemExit(f"classify: {status} {text}")
    except (OSError, http.client.HTTPException):
        pass  # killed
    except SystemExit as failure:
        print(f"crash: error: {failure}", file=sys.stderr)
        os._exit(1)


def check(server, ledger, photo):
    failures = []
    for (dataset, image), digest in ledger.photos.items():
        # Also one that was deleted: the versions before still hold it.
        status, data = server.ask("GET", f"/v1/datasets/{dataset}/images/{image}")
        if (dataset, image) in ledger.removed:
            again, _ = server.ask("DELETE", f"/v1/datasets/{dataset}/images/{image}")
            if again != 404:
                failures.append(f"photo {dataset}/{image} was deleted, and could be again: {again}")
        if status != 200 or hashlib.sha256(data).hexdigest() != digest:
            failures.append(f"photo {dataset}/{image}: {status}")
    deadline = time.monotonic() + 900
    states, succeeded = {}, set()
    for job in ledger.jobs:
        while True:
            status, document = server.json("GET", f"/v1/jobs/{job}")
            if status != 200:
                failures.append(f"job {job}: {status}")
                break
            if document["state"] not in ("queued", "running"):
                if document["state"] == "succeeded":
                    succeeded.add(job)
                states[document["state"]] = states.get(document["state"], 0) + 1
                code = (document["error"] or {}).get("code")
                # A job that the server was killed in three times is given up, as it should be.
                if document["state"] != "succeeded" and code != "interrupted":
                    failures.append(f"job {job}: {document['state']} {document['error']}")
                break
            if time.monotonic() > deadline:
                failures.append(f"job {job} does not end: {document['state']}")
                break
            time.sleep(0.2)
    for model, versions in ledger.versions.items():
        for version in versions:
            status, document = server.json("GET", f"/v1/models/{model}/versions/{version}/evaluation")
            if status != 200:
                failures.append(f"model {model} version {version}: {status}")
            status, document = server.ask("POST", f"/v1/models/{model}/classify?version={version}", photo)
            if status != 200:
                failures.append(f"model {model} version {version} does not answer: {status} {document}")
    for model, acknowledged in ledger.aliases.items():
        status, document = server.json("GET", f"/v1/models/{model}/aliases/latest")
        alias = document.get("alias", {})
        now = (alias.get("generation"), alias.get("version"))
        if status != 200 or now[0] < acknowledged[0] or (now[0] == acknowledged[0] and now != acknowledged):
            failures.append(f"alias of {model}: {status} {document}, acknowledged {acknowledged}")
        status, text = server.ask("POST", f"/v1/models/{model}/classify", photo)
        if status != 200 or json.loads(text)["version"] != now[1]:
            failures.append(f"{model} does not answer with its version {now[1]}: {status} {text}")
    # Nothing half-visible: what is listed is there, whole.
    held = {}
    status, document = server.json("GET", "/v1/datasets")
    for dataset in document["datasets"]:
        listed, cursor = 0, ""
        while True:
            status, page = server.json("GET", f"/v1/datasets/{dataset['name']}/images?limit=100{cursor}")
            for image in page["images"]:
                listed += 1
                if (dataset["name"], image["id"]) in ledger.removed:
                    failures.append(f"image {dataset['name']}/{image['id']} was deleted, and is listed")
                held.setdefault(dataset["name"], set()).add((image["label"], image["sha256"]))
                wanted = ledger.labels.get((dataset["name"], image["id"]))
                if wanted and image["label"] not in wanted:
                    failures.append(f"image {dataset['name']}/{image['id']} is {image['label']}, and was said to be {wanted}")
                status, data = server.ask("GET", f"/v1/datasets/{dataset['name']}/images/{image['id']}")
                if status != 200 or len(data) != image["bytes"] or hashlib.sha256(data).hexdigest() != image["sha256"]:
                    failures.append(f"image {dataset['name']}/{image['id']}: {status}, {len(data)} bytes")
            if not page["next_cursor"]:
                break
            cursor = f"&cursor={page['next_cursor']}"
        if listed != dataset["images"]:
            failures.append(f"dataset {dataset['name']} has {dataset['images']} images and lists {listed}")
    # Nobody deletes what came in archives, so all of it is there once its job has succeeded.
    for job in succeeded & ledger.archives.keys():
        dataset, sent = ledger.archives[job]
        missing = sent - held.get(dataset, set())
        if missing:
            failures.append(f"{len(missing)} of {len(sent)} photos of the archive of {job} are not in {dataset}")
    print(f"crash: {len(succeeded & ledger.archives.keys())} archives compared, {len(ledger.removed)} photos deleted, "
          f"{sum(ledger.relabelled.values())} relabelled, {len(ledger.keys)} uploads with a key")
    return failures, states


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--regraft", default=".build/release/regraft")
    parser.add_argument("--photos", default=".deps/samples")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--longest", type=float, default=4.0, help="seconds of work before a kill, at most")
    options = parser.parse_args()
    photos = {
        label: [(name, open(os.path.join(options.photos, label, name), "rb").read())
                for name in sorted(os.listdir(os.path.join(options.photos, label)))]
        for label in sorted(os.listdir(options.photos)) if os.path.isdir(os.path.join(options.photos, label))
    }
    chance = random.Random(options.seed)
    ledger = Ledger()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        log = open(os.path.join(folder, "server.log"), "w")
        data = os.path.join(folder, "data")
        for number in range(options.kills):
            server = Server(options.regraft, data, log)
            stop = threading.Event()
            threads = [
                threading.Thread(target=client, args=(server, photos, ledger, chance.random(), stop))
                for _ in range(options.clients)
            ]
            for thread in threads:
                thread.start()
            time.sleep(chance.uniform(0.05, options.longest))
            server.kill()
            stop.set()
            for thread in threads:
                thread.join()
            if (number + 1) % 20 == 0:
                print(f"crash: {number + 1} kills, {len(ledger.photos)} photos, {len(ledger.jobs)} jobs, "
                      f"{ledger.answers} answers acknowledged", flush=True)
        server = Server(options.regraft, data, log)
        server.wait_until_ready()
        failures, states = check(server, ledger, photos["birds"][0][1])
        server.process.terminate()
        if server.process.wait() != 0:
            failures.append(f"the server ended with {server.process.returncode}")
        for failure in failures[:20]:
            print(f"crash: FAILED {failure}")
        if failures:
            log.flush()
            print(open(log.name).read()[-3000:])
    print(f"crash: {options.kills} kills in {time.monotonic() - start:.0f} s: {len(ledger.photos)} photos, {len(ledger.jobs)} jobs "
          f"({', '.join(f'{count} {state}' for state, count in sorted(states.items()))}), "
          f"{sum(map(len, ledger.versions.values()))} versions that answered, aliases moved "
          f"{sum(generation for generation, _ in ledger.aliases.values())} times, {ledger.answers} answers; "
          f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


main()
