"""What is on the disk before a client is told so, by the system calls of a server under strace."""
import hashlib
import json
import os
import re
import shutil
import urllib.parse

from .support import Server, archive_of, read_photos, require, say

TRACED = "fsync,fdatasync,sync_file_range,link,linkat,rename,renameat,renameat2,openat,write,writev,pwrite64,sendto,sendmsg"
# Enough for a page of the catalog and for the head of an answer; -xx gives all bytes alike, file names too.
OPTIONS = ["-D", "-f", "-y", "-xx", "-s", "4200", "-e", f"trace={TRACED}"]


class Call:
    """A system call: its line in the trace when it began, and the one when it was over; None for one that never was."""

    def __init__(self, name, text, began):
        self.name = name
        self.text = text
        self.began = began
        self.ended = None
        self.worked = False
        # What -y says of a descriptor that is the first argument.
        file = re.match(r"\d+<([^>]*)>", text)
        self.file = file.group(1) if file else ""

    def end(self, number, text):
        self.ended = number
        self.worked = not re.search(r"\)\s+= (-1|\?)", text)


def readable(line):
    return re.sub(r"(?:\\x[0-9a-f]{2})+", lambda hex: bytes.fromhex(hex.group().replace("\\x", "")).decode("latin-1"), line)


def read_trace(path):
    calls, unfinished = [], {}
    with open(path, errors="replace") as lines:
        for number, line in enumerate(lines):
            thread, _, rest = readable(line).partition(" ")
            rest = rest.lstrip()
            if rest.startswith("<... "):
                call = unfinished.pop(thread, None)
                if call:
                    call.end(number, rest)
                continue
            name, bracket, text = rest.partition("(")
            if not bracket or not name.isidentifier():
                continue  # a signal, or a thread's end
            call = Call(name, text, number)
            calls.append(call)
            if line.rstrip().endswith("<unfinished ...>"):
                unfinished[thread] = call
            else:
                call.end(number, text)
    return calls


class Trace:
    def __init__(self, path):
        self.calls = [call for call in read_trace(path) if call.worked]

    def first(self, after, matches):
        """The first call that begins when `after` is over."""
        return next((call for call in self.calls if call.began > after.ended and matches(call)), None)

    def link(self, digest):
        """The call that gives a blob its final name."""
        name = f"/blobs/sha256/{digest[:2]}/{digest}\""
        return next((call for call in self.calls
                     if call.name.startswith(("link", "rename")) and name in call.text), None)

    def chain(self, digest, told):
        """Why what is on the disk of a blob when `told` begins is not enough; None where all is as it should be."""
        link = self.link(digest)
        if not link:
            return "it is not linked to its name"
        temporary = re.search(r'"([^"]*/tmp/[^"]*)"', link.text).group(1)
        syncs = [call for call in self.calls if call.name == "fsync" and call.file == temporary and call.ended < link.began]
        if not syncs:
            return "its file is not synchronised before it is linked"
        if any(call.name == "write" and call.file == temporary and call.ended > syncs[-1].began for call in self.calls):
            return "its file is written to after it was synchronised"
        folder = self.first(link, lambda call: call.name == "fsync" and call.file.endswith(f"/blobs/sha256/{digest[:2]}"))
        if not folder:
            return "its folder is not synchronised after it is linked"
        key = bytes.fromhex(digest).decode("latin-1")
        row = next((call for call in self.calls if is_log(call) and call.name == "pwrite64" and key in call.text), None)
        if not row:
            return "its SHA-256 is not in the catalog's log"
        if row.began < folder.ended:
            return "the catalog names it before its folder is synchronised"
        committed = self.first(row, lambda call: is_log(call) and call.name in ("fsync", "fdatasync"))
        if not committed:
            return "the catalog's log is not synchronised"
        if committed.ended > told.began:
            return "the client is told before the catalog's log is synchronised"
        return None

    def sent(self, text):
        """The call that sends this to a client."""
        return next((call for call in self.calls if call.name in ("write", "writev", "sendto", "sendmsg")
                     and "socket:" in call.file and text in call.text), None)


def is_log(call):
    return call.file.endswith("/catalog.sqlite-wal")


def judge(trace, what, digest, answer):
    told = trace.sent(answer)
    wrong = trace.chain(digest, told) if told else "the answer is not in the trace"
    say(f"order: {what}: {wrong or 'file, name, folder, catalog, answer'}")
    require(not wrong, f"{what}: {wrong}")


def measure(options, folder):
    strace = shutil.which("strace")
    if not strace:
        return say("order: skipped, because it needs strace: apt-get install strace")
    photos = read_photos(options.photos)
    output = os.path.join(folder, "trace")
    server = Server(options.regraft, os.path.join(folder, "order"), [strace, *OPTIONS, "-o", output])
    archive = archive_of(photos)
    server.wait(server.begin_upload("photos", archive))
    label, name, data = photos[0]
    # After the end of a PNG there may be anything, and after that of a JPEG too: a photo that there was not yet.
    status, text, _ = server.ask("POST", f"/v1/datasets/photos/images?label={urllib.parse.quote(label)}", data + b"order")
    if status != 201:
        raise SystemExit(f"operations: error: photo: {status} {text}")
    image = json.loads(text)["images"][0]
    job, _ = server.json("POST", "/v1/jobs", {"dataset": "photos"})
    _, events, _ = server.ask("GET", f"/v1/jobs/{job['id']}/events", headers={"Accept": "application/x-ndjson"})
    version, _ = server.json("GET", "/v1/models/photos/versions/1")
    listed, _ = server.json("GET", "/v1/datasets/photos/images?limit=1000")
    server.stop()
    trace = Trace(output)
    blobs = {call.text.split('"')[3].rsplit("/", 1)[1] for call in trace.calls
             if call.name == "link" and "/blobs/sha256/" in call.text}
    say(f"order: {len(trace.calls)} system calls, {len(blobs)} blobs")

    judge(trace, "a photo, 201", image["sha256"], "HTTP/1.1 201")
    archive = hashlib.sha256(archive).hexdigest()
    judge(trace, "an archive, 202", archive, "HTTP/1.1 202")
    done = '"event":"done"'
    head = version["head_sha256"]
    others = blobs - {archive, head} - {image["sha256"] for image in listed["images"]}
    require(len(others) == 1, f"one blob is the evaluation, and there are {len(others)}")
    judge(trace, "a model's head, published", head, done)
    for evaluation in others:
        judge(trace, "its evaluation, published", evaluation, done)
    # Those of the archive: whoever waits for their job is told when it is over.
    told = trace.first(trace.sent("HTTP/1.1 202"), lambda call: "socket:" in call.file and '"state":"succeeded"' in call.text)
    wrong = {}
    for photo in listed["images"]:
        if photo["sha256"] != image["sha256"] and (why := trace.chain(photo["sha256"], told)):
            wrong[why] = wrong.get(why, 0) + 1
    say(f"order: {len(listed['images']) - 1} photos of the archive, ingested: "
        f"{'; '.join(f'{count}: {why}' for why, count in wrong.items()) or 'file, name, folder, catalog, answer'}")
    require(not wrong, f"photos of the archive: {wrong}")
