"""Jobs that are cancelled in each of their phases."""
import json
import os
import time

from .many import make_many
from .support import Server, archive_of, read_photos, require, say

# Seconds within which a cancelled job is over.
LIMIT = 5
# Evaluating and publishing take milliseconds, so that a job has to be tried several times to be caught in them.
TRIES = 20


class Caught:
    """A job that was cancelled in a phase, or was over before."""

    def __init__(self, server, job, phase, begun):
        """`begun` is asked of the job's document, for a moment within the phase."""
        self.seconds = None
        while True:
            document, _ = server.json("GET", f"/v1/jobs/{job}")
            if document["state"] not in ("queued", "running"):
                self.state = document["state"]
                return
            if document["phase"] == phase and begun(document):
                break
        self.at = f", at {document['done']} of {document['total']} {document['unit']}" if document["unit"] else ""
        status, text, _ = server.ask("POST", f"/v1/jobs/{job}/cancel")
        answered = time.monotonic()
        while time.monotonic() - answered < 10 * LIMIT:
            document, _ = server.json("GET", f"/v1/jobs/{job}")
            if document["state"] not in ("queued", "running"):
                break
            time.sleep(0.005)
        self.state = document["state"]
        # 409: it was over just before.
        if status in (200, 202):
            self.seconds = time.monotonic() - answered


def measure(options, folder):
    photos = make_many(read_photos(options.photos), options.many_photos)
    archive = archive_of(photos)
    server = Server(options.regraft, os.path.join(folder, "cancel"))

    def try_it(name, phase, submit, begun=lambda document: True, tries=1):
        for number in range(tries):
            caught = Caught(server, submit(number), phase, begun)
            if caught.seconds is None:
                continue
            require(caught.seconds <= LIMIT, f"{name} goes on for {caught.seconds:.1f} s after it was cancelled")
            if caught.state == "cancelled":
                return say(f"cancel, {name}{caught.at}: over after {caught.seconds:.2f} s")
            # What comes when the version is being published has no effect.
            require(phase in ("evaluate", "publish"), f"{name} was cancelled and has {caught.state}")
        say(f"cancel, {name}: not caught in {tries} tries; the last one has {caught.state}")
        require(tries > 1, f"{name} was over too soon: {caught.state}")

    def upload(_):
        return server.begin_upload("photos", archive)

    def train(**training):
        return lambda number: server.json("POST", "/v1/jobs", {"dataset": "photos", "seed": number, **training})[0]["id"]

    def is_at(share):
        return lambda document: document["total"] and document["done"] >= share * document["total"]

    say(f"cancel: {len(photos)} photos in {len({label for label, _, _ in photos})} classes, {len(archive) / 1e6:.0f} MB")
    half_way = is_at(0.5)
    try_it("ingest", "ingest", upload, lambda document: document["unit"] == "photos" and half_way(document))
    datasets, _ = server.json("GET", "/v1/datasets")
    require(all(dataset["images"] == 0 and not dataset["ingesting"] for dataset in datasets["datasets"]),
            f"the cancelled ingest has left {datasets}")
    server.wait(upload(0))
    try_it("extract", "extract", train(), is_at(0.1))
    # All bottlenecks, so that the next ones come to their fit.
    server.train("photos")
    try_it("extract, distorted views", "extract", train(flip_left_right=True, views=64), is_at(0.005))
    try_it("fit, auto", "fit", train(recipe="auto"))
    # As long as it takes to be in the middle of it.
    begun = {}
    try_it("fit, auto, a second later", "fit", train(recipe="auto"),
           lambda document: time.monotonic() - begun.setdefault(document["id"], time.monotonic()) >= 1, tries=2)
    try_it("fit, retrain", "fit", train(recipe="retrain", how_many_training_steps=1_000_000), is_at(0.01))
    quick = dict(recipe="retrain", how_many_training_steps=10, testing_percentage=45, validation_percentage=45)
    try_it("evaluate", "evaluate", train(**quick), tries=TRIES)
    try_it("publish", "publish", train(**quick), tries=TRIES)
    model, _ = server.json("GET", "/v1/models/photos")
    status, text, _ = server.ask("POST", "/classify", photos[0][2])
    require(status == 200 and json.loads(text)["version"] in {version["version"] for version in model["versions"]},
            f"after all this /classify does not answer: {status} {text}")
    server.stop()
