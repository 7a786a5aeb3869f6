"""What a training takes from serving, in each of its phases."""
import os
import statistics
import threading
import time

from .load import Load
from .many import make_many
from .support import Server, read_photos, require, say

# Seconds in which answers are counted, without a training and beside one.
LONG = 8
# A phase that is over sooner is repeated with other seeds until it has lasted so long in all, this many times at most.
REPEATS = 12
# How often is looked which phase the training is in.
EVERY = 0.05


class PhaseWatch:
    """While when a job was in a phase for sure."""

    def __init__(self, server, job, phase):
        self.spans = []
        self.done = 0  # photos or steps
        self.phase = phase
        self.is_over = False
        self.thread = threading.Thread(target=self.run, args=(server, job))
        self.thread.start()

    def run(self, server, job):
        first = None
        while not self.is_over:
            asked = time.monotonic()
            document, _ = server.json("GET", f"/v1/jobs/{job}")
            if document["state"] == "running" and document["phase"] == self.phase:
                if first is None:
                    first, before = document, document["done"]
                    self.spans.append([time.monotonic(), asked])
                self.spans[-1][1] = asked
                # The count begins anew where a phase has parts: photos, then their views.
                self.done += max(0, document["done"] - before)
                before = document["done"]
            elif first or document["state"] not in ("queued", "running"):
                return
            time.sleep(EVERY)

    def lasted(self):
        return sum(max(0, end - begin) for begin, end in self.spans)

    def join(self, seconds):
        """Waits for the phase's end, or for so many seconds of it."""
        while self.thread.is_alive() and self.lasted() < seconds:
            time.sleep(EVERY)
        self.is_over = True
        self.thread.join()


class Comparison:
    """One round: answers without a training, then beside one."""

    def __init__(self, server, pictures, connections, phase, training):
        self.server = server
        self.load = Load(server, ["/v1/models/serving/classify"], pictures, connections)
        # The first few find caches cold.
        time.sleep(0.5)
        quiet = (time.monotonic(), time.monotonic() + LONG)
        time.sleep(LONG)
        spans, self.lasted, self.done, self.trainings = [], 0, 0, 0
        while self.lasted < LONG and self.trainings < REPEATS:
            self.trainings += 1
            watch = self.train(phase, {**training, "seed": training["seed"] + self.trainings})
            spans += watch.spans
            self.lasted += watch.lasted()
            self.done += watch.done
        self.load.stop()
        require(all(answer[3] == 200 for answer in self.load.answers), "requests failed beside the training")
        self.alone = statistics.median(self.within([quiet]))
        beside = self.within(spans)
        self.count = len(beside)
        # Phases so short that no answer is wholly within one: nothing to wait for either.
        self.beside = statistics.median(beside) if beside else 0
        self.ratio = self.beside / self.alone

    def train(self, phase, training):
        job, _ = self.server.json("POST", "/v1/jobs", training)
        watch = PhaseWatch(self.server, job["id"], phase)
        watch.join(LONG - self.lasted)
        status, text, _ = self.server.ask("POST", f"/v1/jobs/{job['id']}/cancel")
        if status not in (200, 202, 409):  # 409: it was over
            raise SystemExit(f"operations: error: {status} {text}")
        while True:
            document, _ = self.server.json("GET", f"/v1/jobs/{job['id']}")
            if document["state"] == "failed":
                raise SystemExit(f"operations: error: job {job['id']}: {document['error']}")
            if document["state"] not in ("queued", "running"):
                return watch
            time.sleep(EVERY)

    def within(self, spans):
        """Seconds that answers took which were asked for and given in one of them."""
        return [answer[1] for answer in self.load.answers
                if answer[3] == 200 and any(begin <= answer[0] - answer[1] and answer[0] <= end for begin, end in spans)]


def measure(options, folder):
    few = read_photos(options.photos)
    many = make_many(few, options.many_photos)
    server = Server(options.regraft, os.path.join(folder, "retrain"))
    server.upload("few", few)
    server.upload("many", many)
    server.train("few", model="serving")
    # So that the next ones come to their fit at once.
    server.train("many", model="other")
    pictures = [data for _, _, data in few[::12]]

    # Distorted views of every photo, computed for the first time: minutes of work for the backbone.
    views = dict(dataset="few", flip_left_right=True, random_crop=20, random_scale=20, views=64)
    trainings = [
        ("auto", "extract", views),
        ("auto", "fit", dict(dataset="many")),
        ("retrain", "extract", views),
        ("retrain", "fit", dict(dataset="many", how_many_training_steps=1_000_000, eval_step_interval=1000)),
    ]
    for connections in (1, 4):
        for recipe, phase, training in trainings:
            rounds = []
            for _ in range(options.rounds):
                seed = 1000 * (1 + len(rounds)) + 10_000 * connections + (100_000 if recipe == "auto" else 0)
                rounds.append(Comparison(server, pictures, connections, phase,
                                         {"model": "other", "recipe": recipe, "seed": seed, **training}))
            middle = sorted(rounds, key=lambda round: round.ratio)[len(rounds) // 2]
            done = f"{middle.done} {'photos' if phase == 'extract' else 'steps'}"
            if recipe == "auto" and phase == "fit":
                done = f"{middle.trainings} fits of {len(many)} photos"
            say(f"retrain, {recipe}, {phase}, {connections} connections: median {middle.beside * 1e3:.1f} ms beside a training "
                f"({middle.count} answers in {middle.lasted:.1f} s, in which it did {done}), {middle.alone * 1e3:.1f} ms without: "
                f"{middle.ratio:.2f} times (of {len(rounds)} rounds the middle one; "
                f"{', '.join(f'{round.ratio:.2f}' for round in rounds)})")
            require(middle.count >= 20, f"only {middle.count} answers within the phase {phase} of {recipe}")
            require(middle.ratio <= 2, f"a training makes /classify {middle.ratio:.2f} times as slow")
    server.stop()
