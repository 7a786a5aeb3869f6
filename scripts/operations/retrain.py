"""What a training takes from serving."""
import json
import os
import statistics
import time

from .load import Load
from .support import Server, read_photos, require, say


def measure(options, folder):
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
