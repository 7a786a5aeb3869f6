#!/usr/bin/env python3
"""Trains, exports and asks Regraft about pictures: prepare.py WORK --regraft PROGRAM --photos FOLDER

Fills WORK with what cases.py describes. The pictures are photos of the folder, made the input's size here, and the models
squash, so that Regraft and every reader are given the same pixels. In photos.json are models that are given whole photos.
"""
import argparse
import http.client
import io
import json
import pathlib
import re
import subprocess
import sys
import zipfile

from PIL import Image

import odd_network

COUNT = 50
SIZES = {"efficientnet-lite0": 256, "efficientnet-lite1": 240, "efficientnet-lite2": 260, "odd": odd_network.SIZE}


class Preparation:
    def __init__(self, options):
        self.work, self.regraft, self.photos = options.work, str(options.regraft.resolve()), options.photos.resolve()
        self.cases, self.photo_cases = [], []
        files = sorted(path for path in self.photos.glob("*/*") if path.is_file())
        self.chosen = [files[index * len(files) // COUNT] for index in range(COUNT)]

    def pictures(self, size):
        names = []
        folder = self.work / "pictures" / str(size)
        folder.mkdir(parents=True, exist_ok=True)
        for number, path in enumerate(self.chosen):
            name = folder / f"{number:02}.png"
            if not name.exists():
                picture = Image.open(path).convert("RGBA").resize((size, size), Image.BICUBIC)
                white = Image.new("RGBA", picture.size, "white")
                Image.alpha_composite(white, picture).convert("RGB").save(name)
            names.append(str(name.relative_to(self.work)))
        return names

    def jpegs(self):
        """The photos as they are where they are JPEG; each fifth is made larger, since few are as large as a camera's."""
        names = []
        folder = self.work / "photos"
        folder.mkdir(exist_ok=True)
        for number, path in enumerate(self.chosen):
            name = folder / f"{number:02}.jpg"
            if not name.exists():
                photo = Image.open(path)
                if number % 5 == 0:
                    factor = (700, 1400, 2800)[number // 5 % 3] / min(photo.size)
                    size = round(photo.width * factor), round(photo.height * factor)
                    photo.convert("RGB").resize(size, Image.BICUBIC).save(name, quality=90)
                elif photo.format == "JPEG":
                    name.write_bytes(path.read_bytes())
                else:
                    photo.convert("RGB").save(name, quality=90)
            names.append(str(name.relative_to(self.work)))
        return names

    def run(self, *arguments):
        done = subprocess.run([self.regraft, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode not in (0, 3):
            sys.exit(f"formats: error: regraft {arguments[0]}: {done.stderr}")
        return done.stdout

    def by_command(self, name, backbone, *more):
        """`regraft retrain` once for each format; the same seed gives the same head. `regraft label-image` has five places."""
        folder = self.work / name
        folder.mkdir()
        files = {kind: f"{name}/model.{ending}" for kind, ending in (("onnx", "onnx"), ("tensorflow", "pb"))}
        for ending in ("regraft", "onnx", "pb"):
            self.run(
                "retrain", "--image_dir", self.photos, "--architecture", backbone, "--fit", "squash", "--output_graph",
                folder / f"model.{ending}", "--output_labels", folder / "labels.txt", "--bottleneck_dir", self.work / "cache",
                *more)  # fmt: skip
        labels = (folder / "labels.txt").read_text().splitlines()
        pictures = self.pictures(SIZES[backbone])
        asked = [more[index : index + 2] for index in range(0, len(more), 2) if more[index] == "--model_dir"]
        said = self.run(
            "label-image", "--graph", folder / "model.regraft", "--top_k", len(labels), *(asked[0] if asked else ()), "--image",
            *[self.work / picture for picture in pictures])  # fmt: skip
        blocks = said.split("Evaluation time")[1:]
        rows = [dict(re.findall(r"^(.*) \(score=([0-9.]+)\)$", block, re.M)) for block in blocks]
        output = dict(zip(more[::2], more[1::2])).get("--final_tensor_name", "final_result")
        self.cases.append({
            "name": name, "files": files | {"labels": f"{name}/labels.txt"}, "labels": labels, "pictures": pictures,
            "output": output, "probabilities": [[float(row[label]) for label in labels] for row in rows],
        })  # fmt: skip

    def by_server(self):
        process = subprocess.Popen(
            [self.regraft, "serve", "--data", self.work / "data", "--port", "0", "--set", "log.access_log=false"],
            stdout=subprocess.PIPE, stderr=(self.work / "server.log").open("w"), text=True)  # fmt: skip
        try:
            line = process.stdout.readline()
            if not line.startswith("listening on "):
                sys.exit(f"formats: error: the server did not start: {(self.work / 'server.log').read_text()}")
            self.address = line.strip().removeprefix("listening on http://")
            self.ask("PUT", "/v1/datasets/photos", self.archive(), wait=True)
            for recipe in ("auto", "retrain"):
                options = {"dataset": "photos", "model": recipe, "recipe": recipe, "fit": "squash"}
                if recipe == "retrain":
                    options["how_many_training_steps"] = 500
                self.ask("POST", "/v1/jobs", json.dumps(options), wait=True)
                self.export(recipe)
            self.ask("POST", "/v1/jobs", json.dumps({"dataset": "photos", "model": "crop", "fit": "crop"}), wait=True)
            for model, fit in (("auto", "squash"), ("crop", "crop")):
                self.classify_photos(model, fit)
        finally:
            process.terminate()
            process.wait(timeout=60)

    def archive(self):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for path in sorted(self.photos.glob("*/*")):
                archive.write(path, str(path.relative_to(self.photos)))
        return content.getvalue()

    def ask(self, method, path, body=None, wait=False):
        connection = http.client.HTTPConnection(self.address, timeout=300)
        headers = {"Content-Type": "application/json"} if isinstance(body, str) else {}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        content = response.read()
        if response.status >= 300:
            sys.exit(f"formats: error: {method} {path}: {response.status} {content.decode()}")
        if not wait:
            return content
        events = self.ask("GET", f"/v1/jobs/{json.loads(content)['id']}/events").decode()
        if '"state":"succeeded"' not in events:
            sys.exit(f"formats: error: {events[-1000:]}")

    def classify(self, model, pictures):
        rows = []
        for picture in pictures:
            answer = json.loads(self.ask("POST", f"/v1/models/{model}/classify?top_k=1000", (self.work / picture).read_bytes()))
            by_index = {one["index"]: one["probability"] for one in answer["predictions"]}
            rows.append([by_index[index] for index in range(len(by_index))])
        return rows

    def classify_photos(self, model, fit):
        name = f"photos-{fit}.onnx"
        (self.work / name).write_bytes(self.ask("GET", f"/v1/models/{model}/versions/1/export?format=onnx-u8"))
        photos = self.jpegs()
        self.photo_cases.append(
            {"name": fit, "file": name, "photos": photos, "probabilities": self.classify(model, photos)})

    def export(self, model):
        folder = self.work / f"server-{model}"
        folder.mkdir()
        files = {}
        for kind, name in (
            ("onnx", "model.onnx"), ("onnx-u8", "model-u8.onnx"), ("tensorflow", "model.pb"), ("labels", "labels.txt"),
        ):  # fmt: skip
            content = self.ask("GET", f"/v1/models/{model}/versions/1/export?format={kind}")
            (folder / name).write_bytes(content)
            files[kind] = f"{folder.name}/{name}"
        labels = (folder / "labels.txt").read_text().splitlines()
        pictures = self.pictures(SIZES["efficientnet-lite0"])
        rows = self.classify(model, pictures)
        self.cases.append({
            "name": folder.name, "files": files, "labels": labels, "pictures": pictures, "probabilities": rows,
            "tutorial": True,
        })  # fmt: skip


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--regraft", type=pathlib.Path, required=True)
    parser.add_argument("--photos", type=pathlib.Path, required=True)
    parser.add_argument("--backbones", type=pathlib.Path, required=True, help="where the delivered networks are")
    options = parser.parse_args()
    preparation = Preparation(options)
    preparation.by_server()
    preparation.by_command("command-lite0", "efficientnet-lite0", "--final_tensor_name", "my_scope/answer")
    preparation.by_command("command-lite1", "efficientnet-lite1")
    preparation.by_command("command-lite2", "efficientnet-lite2")
    (options.work / "networks").mkdir()
    odd_network.write(options.work / "networks")
    preparation.by_command("command-odd", "odd", "--model_dir", options.work / "networks")
    (options.work / "cases.json").write_text(json.dumps(preparation.cases))
    (options.work / "photos.json").write_text(json.dumps(preparation.photo_cases))
    config = pathlib.Path(__file__).resolve().parents[2] / "config/backbones/efficientnet-lite0.json"
    (options.work / "damage.json").write_text(json.dumps({
        "regraft": preparation.regraft, "photos": str(preparation.photos), "descriptor": str(config),
        "network": str(options.backbones / "efficientnet-lite0.onnx"),
    }))  # fmt: skip


main()
