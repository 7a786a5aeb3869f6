#!/usr/bin/env python3
"""Does the whole job in the dashboard, with a real browser and a real server, as a person would who is no programmer: drops a
folder, trains, looks how good it is, classifies, rolls back. Takes pictures on the way, for people to look at.

    scripts/dashboard_check.py [--regraft PROGRAM] [--samples FOLDER] [--out FOLDER] [--url URL]

Needs chromium and chromium-driver (Debian), sample photos (scripts/fetch_samples.sh), and no network.
"""

import argparse
import hashlib
import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.request
import zipfile

from dashboard.browser import Browser, CheckFailed

ROOT = pathlib.Path(__file__).resolve().parent.parent

# A label that becomes a program where it is taken for markup.
HOSTILE = "<img src=x onerror=alert(1)>"
KEY = "correct horse"


class Server:
    """A `regraft serve` of its own data."""

    def __init__(self, program, folder, *more):
        self.process = subprocess.Popen(
            [program, "serve", "--data", str(folder), "--port", "0", *more], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if "listening on" not in line:
            raise CheckFailed("the server did not start")
        self.url = line.split()[-1]
        for _ in range(600):
            try:
                urllib.request.urlopen(self.url + "/readyz").close()
                return
            except OSError:
                time.sleep(0.1)
        raise CheckFailed("the server did not become ready")

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Walk:
    def __init__(self, browser, url, out):
        (self.browser, self.url, self.out) = (browser, url, out)
        self.pictures = 0

    def get(self, path):
        with urllib.request.urlopen(self.url + path) as response:
            return json.load(response)

    def expect(self, holds, what):
        if not holds:
            raise CheckFailed(what)
        print(f"  {what}", flush=True)

    def look(self, name):
        """Takes pictures at desktop and phone width, and checks what must hold of every view."""
        browser = self.browser
        browser.run("scrollTo(0, 0)")
        time.sleep(0.5)  # pictures, transitions
        unnamed = browser.nameless()
        self.expect(not unnamed, f"{name}: every control has a name" + (f", but not {unnamed}" if unnamed else ""))
        for (kind, width, height, is_phone) in (("desktop", 1280, 900, False), ("phone", 390, 844, True)):
            browser.resize(width, height, is_phone)
            time.sleep(0.3)
            wide = browser.run("return document.documentElement.scrollWidth - innerWidth")
            self.pictures += 1
            browser.picture(self.out / f"{self.pictures:02}-{name}-{kind}.png")
            if wide > 0:
                raise CheckFailed(f"{name}: on a {kind} it is {wide} pixels too wide")
        browser.resize(1280, 900)
        self.unhurt(name)

    def unhurt(self, name):
        complaints = [text for text in self.browser.complaints() if "size=160" not in text]
        self.expect(not complaints, f"{name}: the browser has no complaint" + "".join("\n" + text for text in complaints))
        strange = self.browser.run("return document.querySelectorAll('img[src=x], [onerror]').length")
        self.expect(strange == 0, f"{name}: no label was taken for markup")

    def go(self, path):
        self.browser.run("location.hash = arguments[0]", path)
        time.sleep(0.2)

    # --- what a person does

    def upload_folder(self, folder, photos):
        browser = self.browser
        browser.open(self.url + "/")
        browser.wait("document.querySelector('.steps')", "the overview does not come")
        self.look("empty")
        browser.drop(".drop", folder)
        browser.wait("document.querySelector('.plan')", "the drop did nothing")
        chips = browser.run("return [...document.querySelectorAll('.chips b')].map((chip) => chip.textContent)")
        self.expect(HOSTILE in chips and "birds" in chips, "the dropped folder's classes are shown, each as it is written")
        self.expect("left out" in browser.run("return document.querySelector('.plan').innerText"), "what is no photo is left out")
        browser.write(".plan input[name=dataset]", "things")
        self.look("plan")
        # The server takes the second batch, and its answer is lost.
        browser.run("""const send = XMLHttpRequest.prototype.send; let calls = 0;
            XMLHttpRequest.prototype.send = function (body) { if (++calls === 2) this.onload = this.onerror; send.call(this, body); };
            const set = XMLHttpRequest.prototype.setRequestHeader; window.sentKeys = [];
            XMLHttpRequest.prototype.setRequestHeader = function (name, value) {
                if (name === 'Idempotency-Key') sentKeys.push(value);
                set.call(this, name, value);
            };""")
        browser.click(".plan button.main")
        browser.wait("location.hash === '#/datasets/things'", "the upload did not end")
        browser.wait("document.querySelectorAll('.grid img').length > 20", "no photos are shown")
        dataset = self.get("/v1/datasets/things")
        self.expect(dataset["images"] == photos, f"the server has all {photos} photos once, though an answer was lost")
        keys = browser.run("return sentKeys")
        self.expect(len(keys) > 7 and len(set(keys)) == len(keys) - 1 and keys[1] == keys[2], "the batch went again under its key")
        self.expect(HOSTILE in [entry["label"] for entry in dataset["labels"]], "under the labels of their folders")
        browser.wait("[...document.querySelectorAll('.grid img')].slice(0, 6).every((image) => image.naturalWidth > 0)",
                     "the pictures do not load")
        self.look("dataset")

    def relabel_and_delete(self):
        browser = self.browser
        self.browser.run("document.querySelector('select[aria-label=Label]').value = arguments[0]; "
                         "document.querySelector('select[aria-label=Label]').dispatchEvent(new Event('change'))", HOSTILE)
        browser.wait("document.querySelectorAll('.grid li').length === 3", "the filter by label does not work")
        browser.click(".grid input[type=checkbox]")
        browser.write(".tools input", "birds")
        self.look("selected")
        before = self.get("/v1/datasets/things")
        browser.click(".tools button", "Relabel")
        browser.wait("document.getElementById('status').textContent.includes('now birds')", "nothing was relabelled")
        after = self.get("/v1/datasets/things")
        birds = [{entry["label"]: entry["images"] for entry in each["labels"]}["birds"] for each in (before, after)]
        self.expect(birds[1] == birds[0] + 1, "a photo is relabelled")
        browser.wait("document.querySelectorAll('.grid li').length === 2", "the filter is not kept")
        browser.click(".grid input[type=checkbox]")
        browser.click(".tools button", "Delete")
        browser.click("dialog button", "Delete")
        browser.wait("document.getElementById('status').textContent.includes('deleted')", "nothing was deleted")
        self.expect(self.get("/v1/datasets/things")["images"] == after["images"] - 1, "a photo is deleted")

    def train(self):
        browser = self.browser
        browser.wait("document.querySelector('button.large')", "there is no form to train")
        browser.click("button.large")
        browser.wait("location.hash.startsWith('#/jobs/')", "no training began")
        browser.wait("document.querySelector('.outcome')", "the training did not end well", 180)
        browser.wait("document.querySelector('.line.train')?.getAttribute('d').split('L').length > 1", "no curve is drawn")
        lines = browser.run("return ['train', 'validation'].flatMap((key) => [...document.querySelectorAll(`.line.${key}`)])"
                            ".map((line) => line.getAttribute('d').split('L').length)")
        self.expect(len(lines) == 4 and min(lines) > 1, f"four curves of {lines} points are drawn")
        self.look("job")

    def check_photos(self):
        """A fruit is filed under birds, and the same file under two labels: both are found, and mended in one go."""
        browser = self.browser
        fruit = self.get("/v1/datasets/things/images?label=fruit")["images"]
        wrong = fruit[0]["id"]
        self.change({"image": wrong, "label": "birds"})
        with urllib.request.urlopen(f"{self.url}/v1/datasets/things/images/{fruit[1]['id']}") as response:
            copy = response.read()
        body = urllib.request.Request(f"{self.url}/v1/datasets/things/images?label=tools&name=copy.png", copy, {"Content-Type": "image/png"})
        copied = json.load(urllib.request.urlopen(body))["images"][0]["id"]
        before = self.get("/v1/datasets/things")
        self.go("#/datasets/things")
        browser.click("a.button", "Check the photos")
        browser.wait("document.querySelectorAll('.finding').length > 1", "nothing was found", 60)
        browser.wait("[...document.querySelectorAll('.finding img')].slice(0, 4).every((image) => image.naturalWidth > 0)",
                     "the pictures do not load")
        self.look("check")
        # The suggestion may be another wrong label; who looks knows better.
        self.browser.run("""const card = document.querySelector(`.finding a[href$="/images/${arguments[0]}"]`).closest('.finding');
            const label = card.querySelector('select'); label.value = 'fruit'; label.dispatchEvent(new Event('change'))""", wrong)
        self.decide(copied, "Keep")
        self.decide(copied, "Delete")
        browser.wait("document.querySelector('.tools').innerText.includes('2 photos to change')", "the changes are not counted")
        browser.click(".row button", "Duplicates")
        browser.wait("document.querySelector('.finding.decided')", "what was decided is forgotten")
        self.look("check-decided")
        browser.click(".tools button", "Make these changes")
        browser.wait("document.getElementById('status').textContent.includes('new version')", "nothing was changed")
        after = self.get("/v1/datasets/things")
        self.expect(after["version"] == before["version"] + 1 and after["images"] == before["images"] - 1,
                    "a wrong label and a copy are mended in one version")
        labels = {image["id"]: image["label"] for image in self.get("/v1/datasets/things/images?limit=1000")["images"]}
        self.expect(labels[wrong] == "fruit" and copied not in labels, "each as it was decided")

    def change(self, *changes):
        urllib.request.urlopen(urllib.request.Request(
            self.url + "/v1/datasets/things/images/changes", json.dumps({"changes": changes}).encode(),
            {"Content-Type": "application/json"})).close()

    def decide(self, image, verb):
        """On the last finding about a photo."""
        self.browser.wait(f"document.querySelector('.finding a[href$=\"/images/{image}\"]')", f"image {image} is in no finding")
        self.browser.run("""const cards = [...document.querySelectorAll('.finding')].filter((card) => card.querySelector(`a[href$="/images/${arguments[0]}"]`));
            [...cards.at(-1).querySelectorAll('button')].find((button) => button.textContent === arguments[1]).click()""", image, verb)

    def train_as_the_tutorial(self):
        """With options, and cut short: long enough to be seen running."""
        browser = self.browser
        self.go("#/datasets/things")
        browser.click("label.choice", "Tutorial")
        browser.click("summary", "Advanced options")
        browser.write("input[name=how_many_training_steps]", "1000000")
        self.look("options")
        command = browser.run("return [...document.querySelectorAll('.command code')].map((code) => code.textContent).join('\\n')")
        self.expect('"how_many_training_steps":1000000' in command, "the command follows the form")
        browser.click("button.large")
        browser.wait("document.querySelector('.line.train')?.getAttribute('d').split('L').length > 10", "no live curve", 120)
        browser.wait("document.querySelector('.progress-line').innerText.includes('steps')", "no progress is shown")
        browser.wait("document.querySelector('.title .state')?.textContent === 'running'", "the title does not know that it runs")
        browser.wait("document.querySelector('.progress-line').innerText.includes(' left')", "no time left is shown")
        self.look("running")
        self.go("#/")
        browser.wait("document.querySelector('.live .line.train')", "the overview does not follow the running job")
        self.look("overview-running")
        self.go("#/jobs")
        browser.click("tbody a")
        browser.click("button", "Cancel")
        browser.wait("document.querySelector('.title .state')?.textContent === 'cancelled'", "it was not cancelled")
        self.expect(True, "a running job is followed, and cancelled")

    def evaluate(self):
        browser = self.browser
        self.go("#/models/things")
        browser.wait("document.querySelector('.matrix')", "there is no evaluation")
        browser.wait("document.querySelector('.big')?.textContent.includes('%')", "there is no accuracy")
        heads = browser.run("return [...document.querySelectorAll('.matrix tbody th')].map((head) => head.textContent)")
        self.expect(HOSTILE in heads and len(heads) == 7, "the confusion matrix has a row for each class")
        findings = browser.run("return [...document.querySelectorAll('.verdict li')].map((item) => item.innerText)")
        wanted = [finding["action"] for finding in self.get("/v1/models/things/versions/1/evaluation")["verdict"]]
        self.expect(wanted and all(action in text for (action, text) in zip(wanted, findings, strict=True)),
                    "the verdict says what to do, the worst first")
        self.expect(any("fewer than 20" in text for text in findings), "it finds that there are few photos")
        drawn = browser.run("return [...document.querySelectorAll('svg.still')].map((picture) => picture.getAttribute('aria-label'))")
        self.expect(len(drawn) == 4 and all(drawn), "its four curves are drawn, each with words")
        self.look("model")
        self.read_page()

    def read_page(self):
        """The same as a page of its own, which a link leads to."""
        browser = self.browser
        browser.click(".title a", "As a page")
        browser.wait("document.title === 'things, version 1'", "there is no page")
        self.expect(browser.run("return document.querySelector('main section h2').textContent") == "What to make of it",
                    "the page begins with the verdict")
        labels = browser.run("return [...document.querySelectorAll('bdi')].map((name) => name.textContent)")
        self.expect(HOSTILE in labels, "it shows a label as it is written")
        browser.run("document.images[0].scrollIntoView()")  # they come when they are seen
        browser.wait("document.images[0].naturalWidth > 0", "its photos are not there")
        self.look("page")
        browser.open(self.url + "/#/models/things")
        browser.wait("document.querySelector('.matrix')", "the dashboard does not come back")

    def roll_back(self):
        browser = self.browser
        request = urllib.request.Request(
            self.url + "/v1/jobs", json.dumps({"dataset": "things", "seed": 1}).encode(), {"Content-Type": "application/json"})
        job = json.load(urllib.request.urlopen(request))["id"]
        while self.get(f"/v1/jobs/{job}")["state"] in ("queued", "running"):
            time.sleep(0.1)
        self.go("#/models")
        browser.wait("document.querySelector('tbody a')", "there is no list of models")
        self.look("models")
        self.go("#/models/things")
        browser.click("button", "Roll back")
        browser.wait("document.getElementById('status').textContent.includes('Version 1 answers')", "it did not roll back")
        self.expect(self.get("/v1/models/things/aliases/latest")["alias"]["version"] == 1, "version 1 answers again")
        browser.wait("[...document.querySelectorAll('button')].some((button) => button.textContent === 'Let it answer')", "no way forward")
        # Somebody else moves it in between: the click that was decided on another state must not count.
        for version in (2, 1):
            body = json.dumps({"version": version}).encode()
            urllib.request.urlopen(urllib.request.Request(
                self.url + "/v1/models/things/aliases/latest", body, {"Content-Type": "application/json"}, method="PUT"))
        browser.click("button", "Let it answer")
        browser.wait("document.getElementById('status').textContent.includes('meanwhile')", "a lost race was not noticed")
        self.expect(self.get("/v1/models/things/aliases/latest")["alias"]["version"] == 1, "a move that somebody else made is respected")
        browser.complaints()  # the 412 that was provoked

    def exchange(self, folder):
        """Takes a version along as a file, and brings it in under another name."""
        browser = self.browser
        self.go("#/models/things/1")
        browser.wait("document.querySelector('a[data-format=bundle]')", "there is nothing to download")
        links = browser.run("return [...document.querySelectorAll('a[data-format]')].map((link) => [link.download, link.getAttribute('href')])")
        files = {}
        for (name, path) in links:
            with urllib.request.urlopen(self.url + path) as response:
                files[name] = response.read()
                self.expect(response.headers.get_filename() == name, f"{name} is there to download")
        self.expect(files["things-1-labels.txt"].decode().splitlines()[0] == HOSTILE, "the labels are as they are written")
        self.look("downloads")
        file = folder / "others-1.regraft"
        file.write_bytes(files["things-1.regraft"])
        self.go("#/models")
        browser.click("details[data-import] summary")
        browser.choose_files("input[name=file]", file)
        browser.wait("document.querySelector('input[name=model]').value === 'others'", "no name is suggested")
        command = browser.run("const all = document.querySelectorAll('[data-import] code'); return all[all.length - 1].textContent")
        self.expect("/v1/models/others/import" in command, "the command is that of the form")
        self.look("import")
        browser.click("[data-import] button.main", "Import")
        browser.wait("location.hash === '#/models/others/1'", "it was not imported")
        browser.wait("document.querySelector('.matrix')", "the imported version has no evaluation")
        self.expect("imported, things v1" in browser.run("return document.querySelector('tbody').innerText"), "it says where it comes from")
        self.expect(browser.run("return !document.querySelector('.grid img')"), "it shows no photos, which are not here")
        self.look("imported")
        # A file that is cut off.
        file.write_bytes(files["things-1.regraft"][:-1])
        self.go("#/models")
        browser.click("details[data-import] summary")
        browser.choose_files("input[name=file]", file)
        browser.click("[data-import] button.main", "Import")
        browser.wait("document.getElementById('status').textContent.includes('cut off')", "a damaged file was not refused")
        self.expect(self.get("/v1/models/others")["versions"][0]["version"] == 1, "a damaged file is refused with its reason")
        browser.complaints()  # the 422 that was provoked
        urllib.request.urlopen(urllib.request.Request(self.url + "/v1/models/others", method="DELETE"))

    def classify(self, pictures):
        browser = self.browser
        self.go("#/try/things")
        browser.wait("document.querySelector('h1')?.textContent === 'Try it'", "no page to try")
        browser.choose_files("input[aria-label=Pictures]", *pictures.values())
        browser.wait(f"document.querySelectorAll('.verdict').length === {len(pictures)}", "no answers")
        said = browser.run("return [...document.querySelectorAll('.verdict strong')].map((said) => said.textContent).reverse()")
        self.expect(said == list(pictures), f"unseen pictures are {', '.join(said)}")
        browser.drop(".drop", next(iter(pictures.values())))
        browser.wait(f"document.querySelectorAll('.verdict').length === {len(pictures) + 1}", "a dropped picture is not classified")
        browser.run("""const canvas = document.createElement('canvas'); canvas.width = canvas.height = 64;
            canvas.toBlob((blob) => { const data = new DataTransfer(); data.items.add(new File([blob], 'pasted.png', {type: 'image/png'}));
            document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true})); })""")
        browser.wait(f"document.querySelectorAll('.verdict').length === {len(pictures) + 2}", "a pasted picture is not classified")
        self.look("answers")
        self.explain(next(iter(pictures.values())), len(pictures) + 3)
        browser.click("button", "Use the camera")
        browser.wait("document.querySelector('.live-camera .verdict')", "the camera's picture is not classified")
        self.expect(True, "dropped, pasted and filmed pictures are classified")
        self.look("camera")

    def explain(self, picture, count):
        browser = self.browser
        browser.click("label.check", "Show what it looked at")
        self.expect("explain=cam,neighbors" in browser.run("return document.querySelector('.curl code').textContent"), "the command explains too")
        browser.drop(".drop", picture)
        browser.wait(f"document.querySelectorAll('.verdict').length === {count}", "a picture is not explained")
        browser.wait("document.querySelector('.result > img')?.alt.startsWith('What speaks for') && document.querySelector('.result > img').naturalWidth > 0", "the map is not shown")
        browser.wait("[...document.querySelectorAll('.neighbors img')].filter((image) => image.naturalWidth > 0).length === 5", "the training photos that are most alike are not shown")
        alike = browser.run("return [...document.querySelectorAll('.neighbors li > span')].map((label) => label.textContent)")
        said = browser.run("return document.querySelector('.verdict strong').textContent")
        self.expect(said in alike, f"a picture of {said} is like {', '.join(alike)}")
        self.look("reasons")
        browser.click("label.check", "Show what it looked at")

    def upload_archive(self, archive):
        browser = self.browser
        self.go("#/datasets")
        browser.wait("document.querySelector('tbody a')", "no list of datasets")
        browser.choose_files("input[aria-label=Files]", archive)
        browser.wait("document.querySelector('.plan')", "the archive was not taken")
        browser.write(".plan input[name=dataset]", "zipped")
        browser.click(".plan button.main")
        browser.wait("location.hash === '#/datasets/zipped'", "the archive was not read")
        browser.wait("document.querySelector('table.labels')", "no labels")
        self.expect("could not be used" in browser.run("return document.body.innerText"), "an archive is read, with a report of refused files")
        browser.click("summary", "could not be used")
        self.look("archive")

    def film(self):
        browser = self.browser
        self.go("#/datasets")
        browser.click("button", "Use the camera")
        browser.wait("document.querySelector('.camera video')?.videoWidth > 0", "no camera")
        browser.write("input[name=dataset]", "filmed")
        browser.write(".camera input", HOSTILE)
        self.look("film")
        browser.run("""const button = document.querySelector('.camera button.main'); button.dispatchEvent(new PointerEvent('pointerdown'));
            setTimeout(() => button.dispatchEvent(new PointerEvent('pointerup')), 1500)""")
        browser.wait("document.getElementById('status').textContent.includes('added to')", "nothing was recorded")
        self.expect(self.get("/v1/datasets/filmed")["images"] > 1, "photos are recorded with the camera")

    def by_keyboard(self):
        browser = self.browser
        browser.open(self.url + "/")
        browser.wait("document.querySelector('.steps')", "the overview does not come")
        (tab, enter) = ("\ue004", "\ue007")
        browser.keys(tab)
        first = browser.run("return document.activeElement.textContent")
        self.expect("Skip" in first, "the first stop of the keyboard skips to the content")
        browser.keys(*[tab] * 3, enter)
        browser.wait("document.querySelector('h1')?.textContent === 'Photos'", "the keyboard does not reach the photos")
        self.expect(browser.run("return document.activeElement.id") == "view", "a new view has the focus")

    def in_the_dark(self):
        self.browser.colours("dark")
        for (path, name, selector) in (("#/", "overview", ".tiles dd"), ("#/datasets/things", "dataset", ".grid img"),
                                       ("#/models/things", "model", ".matrix"), ("#/try/things", "try", ".drop")):
            self.go(path)
            self.browser.wait(f"document.querySelector('{selector}')", f"{name} does not come")
            self.look(f"dark-{name}")
        self.browser.colours("light")


def check_key(browser, url, out):
    walk = Walk(browser, url, out)
    browser.open(url + "/")
    browser.wait("document.querySelector('dialog[open]')", "nobody asks for the key")
    walk.pictures = 80
    browser.complaints()  # the 401s
    walk.look("key")
    browser.write("#key", "wrong")
    browser.click("dialog button")
    browser.wait("document.querySelector('dialog[open]')?.innerText.includes('does not accept')", "a wrong key is not refused")
    browser.write("#key", KEY)
    browser.click("dialog button")
    browser.wait("document.querySelector('.tiles dd')", "the right key does not open")
    browser.complaints()
    walk.go("#/datasets/things")
    browser.wait("document.querySelector('.grid img')?.naturalWidth > 0", "photos do not load with a key")
    browser.click("button.large")
    browser.wait("document.querySelector('.outcome')", "a job is not followed with a key", 180)
    browser.wait("document.querySelector('.line.train')?.getAttribute('d').split('L').length > 1", "no curve with a key")
    command = browser.run("return document.querySelector('.command code').textContent")
    walk.expect("$REGRAFT_KEY" in command and KEY not in command, "with a key everything works, and no command shows it")
    walk.unhurt("key")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--regraft", default=ROOT / ".build/release/regraft")
    parser.add_argument("--samples", type=pathlib.Path, default=ROOT / ".deps/samples")
    parser.add_argument("--unseen", type=pathlib.Path, default=ROOT / ".deps/samples-unseen")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / ".build/dashboard", help="where the pictures go")
    parser.add_argument("--url", help="of a server that runs and has no data, in place of one of its own")
    options = parser.parse_args()
    shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        photos = folder / "photos"
        shutil.copytree(options.samples, photos)
        (photos / HOSTILE).mkdir()
        for (number, file) in enumerate(sorted((photos / "tools").iterdir())[:3]):
            file.rename(photos / HOSTILE / f"{number}.png")
        (photos / "readme.txt").write_text("no photo")
        count = sum(1 for file in photos.rglob("*.*") if file.is_file()) - 1
        archive = folder / "photos.zip"
        with zipfile.ZipFile(archive, "w") as writer:
            for label in ("birds", "fruit"):
                for file in sorted((photos / label).iterdir()):
                    writer.write(file, f"{label}/{file.name}")
            writer.writestr("birds/broken.png", b"no picture")
        unseen = {"flowers": options.unseen / "daffodil.png", "fruit": options.unseen / "orange.png", "birds": options.unseen / "rooster.png"}
        server = None if options.url else Server(options.regraft, folder / "data")
        browser = Browser()
        try:
            walk = Walk(browser, options.url or server.url, options.out)
            walk.upload_folder(photos, count)
            walk.relabel_and_delete()
            walk.train()
            walk.evaluate()
            walk.roll_back()
            walk.exchange(folder)
            walk.check_photos()
            walk.train_as_the_tutorial()
            walk.classify(unseen)
            walk.upload_archive(archive)
            walk.film()
            walk.by_keyboard()
            walk.in_the_dark()
            if server:
                server.stop()
                digest = hashlib.sha256(KEY.encode()).hexdigest()
                server = Server(options.regraft, folder / "data", "--set", f"api_keys=me:{digest}:admin")
                check_key(browser, server.url, options.out)
        finally:
            browser.close()
            if server:
                server.stop()
    print(f"The dashboard does all of it. Pictures are in {options.out}.")


if __name__ == "__main__":
    try:
        main()
    except CheckFailed as failure:
        raise SystemExit(f"dashboard_check: {failure}")
