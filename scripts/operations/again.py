"""A second training of the same photos."""
import io
import json
import os
import random
import statistics
import time

from .support import Server, megabytes, read_photos, require, say


def measure(options, folder):
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
