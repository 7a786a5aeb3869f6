"""What users do until the server is gone."""
import hashlib
import http.client
import io
import json
import random
import zipfile

# Trainings that wait are not submitted more of: the run ends when all of them have.
TRAININGS_WAITING = 10


class Unexpected(Exception):
    """An answer that must not be."""


class Client:
    def __init__(self, server, photos, ledger, shelf, seed):
        self.server = server
        self.photos = photos
        self.ledger = ledger
        self.shelf = shelf
        self.chance = random.Random(seed)
        self.is_in_body = False

    def run(self, stop):
        actions = {
            self.repeat_upload: 8, self.upload: 9, self.upload_slowly: 8, self.fetch: 7, self.change_photo: 7,
            self.add_photo: 9, self.add_photo_slowly: 7, self.train: 15, self.move_alias: 10, self.classify: 20,
        }
        try:
            while not stop.is_set():
                action, = self.chance.choices(list(actions), actions.values())
                action(f"set-{self.chance.randrange(3)}")
        except (OSError, http.client.HTTPException) as error:
            # Until it is killed it breaks off no connection.
            if not self.server.is_being_killed:
                self.ledger.note_failure(f"{action.__name__}: {error!r}, and the server was not killed yet")
            elif self.is_in_body:
                self.ledger.note_cut()
        except Exception as error:
            self.ledger.note_failure(f"{action.__name__}: {error!r}")

    def expect(self, status, text, good, also=()):
        """Whether it was done; `also` are answers that are right when others do something at the same time."""
        if status not in (*good, *also):
            raise Unexpected(f"{status} {text}")
        return status in good

    def unique(self, data):
        """A photo that there was not yet: readers pass over what follows the end of a PNG."""
        return data + self.chance.randbytes(8)

    def archive(self, count, unique=False):
        """A zip with so many photos of each class, and their labels and SHA-256s."""
        archive, sent = io.BytesIO(), set()
        with zipfile.ZipFile(archive, "w") as zipped:
            for label in sorted(self.photos):
                for name, data in self.chance.sample(self.photos[label], count):
                    data = self.unique(data) if unique else data
                    zipped.writestr(f"{label}/{name}", data)
                    sent.add((label, hashlib.sha256(data).hexdigest()))
        return archive.getvalue(), sent

    # Archives

    def repeat_upload(self, _):
        """Again what was sent before, perhaps before a kill: one job in the end."""
        with self.ledger.lock:
            known = sorted(self.ledger.keys.items())
        if not known:
            return
        key, (dataset, archive, sent, job) = self.chance.choice(known)
        status, text = self.server.ask("PUT", f"/v1/datasets/{dataset}?mode=add", archive, {"Idempotency-Key": key})
        if self.expect(status, text, [202], [409]):
            again = json.loads(text)["id"]
            if job not in (None, again):
                raise Unexpected(f"an upload repeated with its key is another job: {job} {again}")
            self.ledger.note_upload(dataset, sent, again, key, archive)

    def upload(self, dataset):
        archive, sent = self.archive(4)
        headers, key = {}, None
        self.ledger.note_sent(dataset, sent)
        if self.chance.random() < 0.5:
            key = f"key-{self.chance.randrange(1 << 60):x}"
            headers["Idempotency-Key"] = key
            self.ledger.note(lambda book: book.keys.__setitem__(key, (dataset, archive, sent, None)))
        status, text = self.server.ask("PUT", f"/v1/datasets/{dataset}?mode=add", archive, headers)
        if self.expect(status, text, [202], [409]):
            self.ledger.note_upload(dataset, sent, json.loads(text)["id"], key, archive)

    def send_slowly(self, method, path, body, dataset, sent):
        """In pieces, over 0.2 to 1.5 s, so that kills come into it."""
        def before_the_last():
            self.is_in_body = False
            self.ledger.note_sent(dataset, sent)

        self.is_in_body = True
        answer = self.server.send_slowly(
            method, path, body, self.chance.randint(2, 8), self.chance.uniform(0.2, 1.5), before_the_last)
        self.is_in_body = False
        return answer

    def upload_slowly(self, dataset):
        archive, sent = self.archive(1, unique=True)
        self.ledger.note(lambda book: book.unique.append((dataset, sent)))
        status, text = self.send_slowly("PUT", f"/v1/datasets/{dataset}?mode=add", archive, dataset, sent)
        if self.expect(status, text, [202], [409]):
            self.ledger.note_upload(dataset, sent, json.loads(text)["id"])

    def fetch(self, dataset):
        archive, sent = self.archive(1, unique=True)
        url = self.shelf.put(archive)
        self.ledger.note_sent(dataset, sent)
        self.ledger.note(lambda book: book.unique.append((dataset, sent)))
        status, job = self.server.json("POST", f"/v1/datasets/{dataset}/import", {"url": url, "mode": "add"})
        if self.expect(status, job, [202], [409]):
            self.ledger.note_import(dataset, sent, job["id"])

    # Photos

    def new_photo(self, dataset):
        label = self.chance.choice(sorted(self.photos))
        name, data = self.chance.choice(self.photos[label])
        data = self.unique(data)
        return f"/v1/datasets/{dataset}/images?label={label}&name={name}", data, label, hashlib.sha256(data).hexdigest()

    def added(self, dataset, status, text, label, digest):
        if self.expect(status, text, [201], [409]):
            image = json.loads(text)["images"][0]
            self.ledger.note_photo((dataset, image["id"]), digest, label)

    def add_photo(self, dataset):
        path, data, label, digest = self.new_photo(dataset)
        self.ledger.note_sent(dataset, {(label, digest)})
        self.added(dataset, *self.server.ask("POST", path, data), label, digest)

    def add_photo_slowly(self, dataset):
        path, data, label, digest = self.new_photo(dataset)
        self.added(dataset, *self.send_slowly("POST", path, data, dataset, {(label, digest)}), label, digest)

    def change_photo(self, _):
        """One of those posted one by one: archives of the others may bring the same photo again."""
        with self.ledger.lock:
            mine = sorted(self.ledger.photos.keys() - self.ledger.unsure)
        if not mine:
            return
        dataset, image = photo = self.chance.choice(mine)
        # Another client may have deleted it in between: 404.
        if self.chance.random() < 0.5:
            self.ledger.note(lambda book: book.unsure.add(photo))
            status, text = self.server.ask("DELETE", f"/v1/datasets/{dataset}/images/{image}")
            if self.expect(status, text, [200, 204], [404, 409]):
                self.ledger.note(lambda book: book.removed.add(photo))
        else:
            label = self.chance.choice(sorted(self.photos))
            self.ledger.note(lambda book: book.labels[photo].add(label))
            status, text = self.server.json("PATCH", f"/v1/datasets/{dataset}/images/{image}", {"label": label})
            if self.expect(status, text, [200], [404, 409]):
                self.ledger.note_label(photo, label)

    # Models

    def train(self, dataset):
        status, waiting = self.server.json("GET", f"/v1/jobs?state=queued&kind=train&limit={TRAININGS_WAITING}")
        self.expect(status, waiting, [200])
        if len(waiting["jobs"]) >= TRAININGS_WAITING:
            return
        status, job = self.server.json("POST", "/v1/jobs", {"dataset": dataset})
        if self.expect(status, job, [202], [404, 409]):
            self.ledger.note(lambda book: book.jobs.add(job["id"]))

    def move_alias(self, name):
        """Forward or back, to any version there is."""
        status, model = self.server.json("GET", f"/v1/models/{name}")
        if not self.expect(status, model, [200], [404]):
            return
        number = self.chance.choice(model["versions"])["version"]
        status, alias = self.server.json("PUT", f"/v1/models/{name}/aliases/latest", {"version": number})
        if self.expect(status, alias, [200], [404]):
            self.ledger.note_alias(alias)

    def classify(self, _):
        with self.ledger.lock:
            promoted = bool(self.ledger.versions)
        status, text = self.server.ask("POST", "/classify", self.chance.choice(self.photos["birds"])[1])
        if self.expect(status, text, [200], [503]):
            answer = json.loads(text)
            if promoted and not answer["model"]:
                raise Unexpected(f"/classify answers without a model, though one has answered before: {answer}")
            self.ledger.note_answer(answer)
