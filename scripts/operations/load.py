"""Clients that ask for answers without a pause."""
import http.client
import json
import threading
import time


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def longest_gap(times, begin, end):
    inside = sorted(time for time in times if begin <= time <= end)
    return max((b - a for a, b in zip(inside, inside[1:])), default=float("inf"))


class Load:
    """Clients on connections of their own that ask one question after the other until told to stop.

    The connections take the paths in turn.
    """

    def __init__(self, server, paths, pictures, connections):
        self.answers = []  # (when it came, seconds it took, picture, status, document)
        self.stopping = threading.Event()
        self.threads = [
            threading.Thread(target=self.run, args=(server, paths[number % len(paths)], pictures, number))
            for number in range(connections)
        ]
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
