"""Whether everything that was acknowledged is there after the last restart, and nothing by half."""
import hashlib
import json
import time

# After this many attempts a job that the server is killed in is given up.
ATTEMPTS = 3


class Verdict:
    def __init__(self, server, ledger, photo):
        self.server = server
        self.ledger = ledger
        self.photo = photo
        self.failures = list(ledger.failures)
        self.jobs = {}  # id -> its document, once it is over
        self.unbegun = set()

    def fail(self, text):
        self.failures.append(text)

    def check(self):
        self.check_plain_answer()
        self.check_photos()
        self.wait_for_jobs()
        self.check_models()
        self.check_aliases()
        self.check_plain_answer(is_quiet=True)
        held = self.check_lists()
        self.check_archives(held)

    def succeeded(self, kind):
        return {id: job for id, job in self.jobs.items() if job["state"] == "succeeded" and job["kind"] == kind}

    def states(self):
        """How many jobs ended how, as text."""
        counts = {}
        for job in self.jobs.values():
            counts[job["state"]] = counts.get(job["state"], 0) + 1
        return ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))

    # What answers

    def latest(self, model):
        status, document = self.server.json("GET", f"/v1/models/{model}/aliases/latest")
        return document["alias"]["version"] if status == 200 else None

    def check_plain_answer(self, is_quiet=False):
        """/classify answers with what is promoted, at once after the restart, while trainings still go on."""
        if not self.ledger.versions and not self.ledger.aliases:
            return
        for _ in range(100):
            status, text = self.server.ask("POST", "/classify", self.photo)
            answer = json.loads(text)
            if status != 200 or not answer["model"]:
                return self.fail(f"/classify does not answer with a model: {status} {text}")
            # A training may have moved the alias since: asked again, both agree.
            if self.latest(answer["model"]) == answer["version"]:
                break
        else:
            return self.fail(f"/classify answers with {answer['model']} version {answer['version']}, "
                             f"and `latest` names version {self.latest(answer['model'])}")
        if is_quiet:
            newest = max(((job["finished_at"], job["model"]) for job in self.succeeded("train").values()), default=None)
            if newest and newest[1] != answer["model"]:
                self.fail(f"/classify answers with {answer['model']}, and {newest[1]} has the newest version")

    def check_models(self):
        """Each version that a training has made or that has answered, with its evaluation."""
        versions = {(model, version) for model, known in self.ledger.versions.items() for version in known}
        for id, job in self.succeeded("train").items():
            if not job["model_version"]:
                self.fail(f"the training {id} succeeded and has no version")
            versions.add((job["model"], job["model_version"]))
        for model, version in sorted(versions):
            status, document = self.server.json("GET", f"/v1/models/{model}/versions/{version}")
            if status != 200 or document["version"] != version:
                self.fail(f"model {model} version {version}: {status} {document}")
            status, document = self.server.json("GET", f"/v1/models/{model}/versions/{version}/evaluation")
            if status != 200:
                self.fail(f"model {model} version {version} has no evaluation: {status} {document}")
            status, text = self.server.ask("POST", f"/v1/models/{model}/classify?version={version}", self.photo)
            if status != 200 or json.loads(text)["version"] != version:
                self.fail(f"model {model} version {version} does not answer: {status} {text}")

    def check_aliases(self):
        for model, acknowledged in self.ledger.aliases.items():
            status, document = self.server.json("GET", f"/v1/models/{model}/aliases/latest")
            alias = document.get("alias", {})
            now = (alias.get("generation"), alias.get("version"))
            if status != 200 or now[0] < acknowledged[0] or (now[0] == acknowledged[0] and now != acknowledged):
                self.fail(f"alias of {model}: {status} {document}, acknowledged {acknowledged}")
            status, text = self.server.ask("POST", f"/v1/models/{model}/classify", self.photo)
            if status != 200 or json.loads(text)["version"] != now[1]:
                self.fail(f"{model} does not answer with its version {now[1]}: {status} {text}")

    # Jobs

    def wait_for_jobs(self):
        """All that are listed, acknowledged or not: whatever the server has taken comes to an end."""
        listed = {job["id"]: job for job in self.server.pages("/v1/jobs", "jobs")}
        self.unbegun = {id for id, job in listed.items() if job["state"] == "queued" and job["attempt"] == 0}
        deadline = time.monotonic() + 900
        for id in sorted(self.ledger.jobs | listed.keys()):
            status, job = self.server.json("GET", f"/v1/jobs/{id}")
            while status == 200 and job["state"] in ("queued", "running") and time.monotonic() < deadline:
                time.sleep(0.2)
                status, job = self.server.json("GET", f"/v1/jobs/{id}")
            if status != 200:
                self.fail(f"job {id}: {status}")
                continue
            self.jobs[id] = job
            if job["state"] in ("queued", "running"):
                self.fail(f"job {id} does not end: {job['state']}")
            elif job["state"] != "succeeded":
                self.check_given_up(id, job)

    def check_given_up(self, id, job):
        """One that the server was killed in as often as it is tried is given up, as it should be."""
        what = f"job {id} ({job['kind']}): {job['state']} after {job['attempt']} attempts, {job['error']}"
        if id in self.unbegun:
            self.fail(f"{what}, and it had not begun before the last restart")
        elif (job["error"] or {}).get("code") != "interrupted" or job["attempt"] != ATTEMPTS:
            self.fail(what)

    # Photos

    def check_photos(self):
        for (dataset, image), digest in self.ledger.photos.items():
            status, data = self.server.ask("GET", f"/v1/datasets/{dataset}/images/{image}")
            # Also one that was deleted: the versions before still hold it.
            if (dataset, image) in self.ledger.removed:
                again, _ = self.server.ask("DELETE", f"/v1/datasets/{dataset}/images/{image}")
                if again != 404:
                    self.fail(f"photo {dataset}/{image} was deleted, and could be again: {again}")
            if status != 200 or hashlib.sha256(data).hexdigest() != digest:
                self.fail(f"photo {dataset}/{image}: {status}")

    def check_lists(self):
        """What is listed is there, whole, and was sent. Returns dataset -> label and SHA-256 of what it holds."""
        held = {}
        for dataset in self.server.pages("/v1/datasets", "datasets"):
            name, listed = dataset["name"], 0
            for image in self.server.pages(f"/v1/datasets/{name}/images", "images"):
                listed += 1
                if (name, image["id"]) in self.ledger.removed:
                    self.fail(f"image {name}/{image['id']} was deleted, and is listed")
                held.setdefault(name, set()).add((image["label"], image["sha256"]))
                wanted = self.ledger.labels.get((name, image["id"]))
                if wanted and image["label"] not in wanted:
                    self.fail(f"image {name}/{image['id']} is {image['label']}, and was said to be {wanted}")
                if not wanted and (name, image["label"], image["sha256"]) not in self.ledger.sent:
                    self.fail(f"image {name}/{image['id']}, {image['label']}, was never sent, or not to its last byte")
                status, data = self.server.ask("GET", f"/v1/datasets/{name}/images/{image['id']}")
                if status != 200 or len(data) != image["bytes"] or hashlib.sha256(data).hexdigest() != image["sha256"]:
                    self.fail(f"image {name}/{image['id']}: {status}, {len(data)} bytes")
            if listed != dataset["images"]:
                self.fail(f"dataset {name} has {dataset['images']} images and lists {listed}")
            if dataset["ingesting"]:
                self.fail(f"dataset {name} is still being ingested: {dataset['ingesting']}")
        return held

    def check_archives(self, held):
        """Nobody deletes what came in archives, so all of it is there once its job has succeeded."""
        for id in self.succeeded("ingest").keys() & self.ledger.archives.keys():
            dataset, sent = self.ledger.archives[id]
            missing = sent - held.get(dataset, set())
            if missing:
                self.fail(f"{len(missing)} of {len(sent)} photos of the archive of {id} are not in {dataset}")
        # Of one that nobody has acknowledged, or that was given up: all or nothing.
        for dataset, sent in self.ledger.unique:
            there = sent & held.get(dataset, set())
            if there and there != sent:
                self.fail(f"{len(there)} of {len(sent)} photos of one archive are in {dataset}")
