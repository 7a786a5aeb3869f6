"""What the server has acknowledged, and what was sent to it."""
import threading


class Ledger:
    def __init__(self):
        self.lock = threading.Lock()
        self.failures = []  # what clients saw that must not be
        self.jobs = set()
        self.photos = {}  # (dataset, image id) -> SHA-256
        self.labels = {}  # (dataset, image id) -> the labels that it may have: more than one where an answer never came
        self.removed = set()  # (dataset, image id) whose deletion was acknowledged
        self.unsure = set()  # (dataset, image id) whose deletion was asked for
        self.relabelled = {}  # (dataset, image id) -> how often that was acknowledged
        self.sent = set()  # (dataset, label, SHA-256) of every photo whose last byte was sent
        self.archives = {}  # job -> (dataset, label and SHA-256 of every photo that was sent)
        self.imported = set()  # those of `archives` that the server fetched
        self.unique = []  # (dataset, label and SHA-256 of every photo) of archives whose photos nobody else sends
        self.keys = {}  # Idempotency-Key -> (dataset, archive, photos, job or None where no answer came)
        self.versions = {}  # model -> the versions that were seen to answer
        self.aliases = {}  # model -> (generation, version) of `latest` that was last acknowledged or seen
        self.answers = 0
        self.cut = 0  # uploads whose last byte was not sent when the server was killed

    def note(self, change):
        with self.lock:
            change(self)

    def note_failure(self, text):
        with self.lock:
            self.failures.append(text)

    def note_cut(self):
        with self.lock:
            self.cut += 1

    def note_sent(self, dataset, photos):
        with self.lock:
            self.sent |= {(dataset, label, digest) for label, digest in photos}

    def note_photo(self, photo, digest, label):
        with self.lock:
            self.photos[photo] = digest
            self.labels.setdefault(photo, set()).add(label)
            self.relabelled[photo] = 0

    def note_label(self, photo, label):
        """Two clients may relabel one photo at a time, so that any label that was asked for since may be the last."""
        with self.lock:
            self.labels[photo].add(label)
            self.relabelled[photo] += 1

    def note_upload(self, dataset, sent, job, key=None, archive=None):
        with self.lock:
            self.jobs.add(job)
            self.archives[job] = (dataset, sent)
            if key:
                self.keys[key] = (dataset, archive, sent, job)

    def note_import(self, dataset, sent, job):
        self.note_upload(dataset, sent, job)
        with self.lock:
            self.imported.add(job)

    def note_alias(self, alias):
        with self.lock:
            known = self.aliases.get(alias["model"], (0, 0))
            self.aliases[alias["model"]] = max(known, (alias["generation"], alias["version"]))

    def note_answer(self, answer):
        with self.lock:
            self.answers += 1
            if answer["model"]:
                self.versions.setdefault(answer["model"], set()).add(answer["version"])
