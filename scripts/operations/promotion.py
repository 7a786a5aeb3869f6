"""Promotions and rollbacks under load."""
import json
import os
import random
import statistics
import time

from .load import Load, longest_gap, percentile
from .support import Server, read_photos, require, say


def measure(options, folder):
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

    # Half of them by the model's name, half without: there is one model, which is the newest.
    load = Load(server, ["/v1/models/moving/classify?top_k=100", "/classify?top_k=100"], pictures, options.connections)
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
        for path in ("/v1/models/moving/classify", "/classify"):
            status, text, _ = server.ask("POST", path, pictures[0])
            require(status == 200 and json.loads(text)["version"] == now, f"{path} after the promotion of {now}: {status} {text}")
    end = time.monotonic()
    load.stop()
    server.stop()
    failed = [answer for answer in load.answers if answer[3] != 200]
    wrong = [
        answer for answer in load.answers
        if answer[3] == 200 and (
            answer[4]["model"] != "moving" or answer[4]["predictions"] != expected.get((answer[4]["version"], answer[2])))
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
