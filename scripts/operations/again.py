"""A second training of the same photos."""
import json
import os
import statistics
import time

from .many import make_many
from .support import Server, megabytes, read_photos, require, say


def measure(options, folder):
    photos = make_many(read_photos(options.accuracy_photos), options.many_photos)
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
