"""What all sections need: a server, what it is asked, photos."""
import http.client
import io
import json
import os
import re
import socket
import subprocess
import time
import zipfile


FAILURES = []


def say(text):
    print(text, flush=True)


def require(holds, text):
    if not holds:
        FAILURES.append(text)
        say(f"operations: FAILED {text}")


class Server:
    """`under` is a program that starts another and leaves it its process id."""

    def __init__(self, regraft, data, under=()):
        self.log = open(data + ".log", "a")
        self.process = subprocess.Popen(
            [*under, regraft, "serve", "--data", data, "--port", "0", "--set", "log.access_log=false",
             "--set", "limits.connections_per_peer=64"],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening on http://"):
            # The log goes with its folder.
            said = open(self.log.name).read().strip().splitlines()[-1:]
            raise SystemExit(f"operations: error: the server did not start: {said or line}")
        host, port = line.split("//")[1].strip().rsplit(":", 1)
        self.address = (host, int(port))
        while self.ask("GET", "/readyz")[0] != 200:
            time.sleep(0.02)

    def connection(self):
        connection = http.client.HTTPConnection(*self.address, timeout=120)
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def ask(self, method, path, body=None, headers=None, connection=None):
        own = connection or self.connection()
        try:
            own.request(method, path, body=body, headers=headers or {})
            response = own.getresponse()
            return response.status, response.read(), response.headers
        finally:
            if not connection:
                own.close()

    def json(self, method, path, value=None, **headers):
        body = None if value is None else json.dumps(value)
        if body:
            headers["Content-Type"] = "application/json"
        status, text, answered = self.ask(method, path, body, headers)
        if status >= 300:
            raise SystemExit(f"operations: error: {method} {path}: {status} {text.decode()}")
        return json.loads(text), answered

    def wait(self, job):
        while True:
            document, _ = self.json("GET", f"/v1/jobs/{job}")
            if document["state"] not in ("queued", "running"):
                if document["state"] != "succeeded":
                    raise SystemExit(f"operations: error: job {job}: {document['state']} {document['error']}")
                return document
            time.sleep(0.05)

    def begin_upload(self, dataset, archive):
        """Returns the job."""
        status, text, _ = self.ask("PUT", f"/v1/datasets/{dataset}", archive)
        if status != 202:
            raise SystemExit(f"operations: error: upload: {status} {text.decode()}")
        return json.loads(text)["id"]

    def upload(self, dataset, photos):
        self.wait(self.begin_upload(dataset, archive_of(photos)))

    def train(self, dataset, **options):
        job, _ = self.json("POST", "/v1/jobs", {"dataset": dataset, **options})
        return self.wait(job["id"])

    def memory(self):
        """Resident bytes: what the process takes of the machine, shared libraries included."""
        text = open(f"/proc/{self.process.pid}/status").read()
        return int(re.search(r"VmRSS:\s+(\d+) kB", text).group(1)) * 1024

    def stop(self):
        self.process.terminate()
        require(self.process.wait(timeout=60) == 0, f"the server ended with {self.process.returncode}")


def archive_of(photos):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for label, name, data in photos:
            zipped.writestr(f"{label}/{name}", data)
    return archive.getvalue()


def read_photos(folder):
    return [(label, name, open(os.path.join(folder, label, name), "rb").read())
            for label in sorted(os.listdir(folder)) if os.path.isdir(os.path.join(folder, label))
            for name in sorted(os.listdir(os.path.join(folder, label)))]


def megabytes(count):
    return f"{count / 1e6:.0f} MB"
