"""Resident memory with a thousand models."""
import concurrent.futures
import os
import time

from .support import Server, megabytes, read_photos, require, say


def measure(options, folder):
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
