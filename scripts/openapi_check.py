#!/usr/bin/env python3
"""Calls every operation of /openapi.json on a running server and looks whether the answers are what it says of them; lets
tritonclient speak to /v2; and compares thumbnails with Pillow's. It starts the server itself, on data that it throws away:

    python3 -m venv /tmp/openapi
    /tmp/openapi/bin/pip install openapi-spec-validator jsonschema 'tritonclient[http]' pillow numpy
    /tmp/openapi/bin/python scripts/openapi_check.py [--regraft .build/release/regraft] [--photos .deps/samples]

The folder of photos has one folder a class; the first dozen of each are used.
"""
import argparse
import base64
import io
import json
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile

import jsonschema
import numpy
import openapi_spec_validator
import tritonclient.http as triton
from PIL import Image, ImageOps

JSON = {"Content-Type": "application/json"}


class Server:
    def __init__(self, regraft, data):
        self.process = subprocess.Popen(
            [regraft, "serve", "--data", data, "--port", "0", "--set", "log.access_log=false",
             "--set", "log.level=error"],
            stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().split()[-1]
        while self.ask("GET", "/readyz")[0] != 200:
            time.sleep(0.05)

    def ask(self, method, path, body=None, headers=None):
        """Status, content type and body."""
        request = urllib.request.Request(self.address + path, data=body, headers=headers or {}, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, response.headers.get_content_type(), response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get_content_type(), error.read()

    def follow(self, job):
        lines = self.ask("GET", f"/v1/jobs/{job}/events", headers={"Accept": "application/x-ndjson"})[2].splitlines()
        assert b'"state":"succeeded"' in lines[-1], lines[-1]
        return [json.loads(line) for line in lines if line]


class Description:
    def __init__(self, document):
        openapi_spec_validator.validate(document)
        self.document = document
        self.unasked = {(m.upper(), p) for p, methods in document["paths"].items() for m in methods}
        self.count = 0

    def check(self, method, pattern, answer, expected):
        status, kind, body = answer
        assert status == expected, f"{method} {pattern}: {status} instead of {expected}: {body[:300]}"
        responses = self.document["paths"][pattern][method.lower()]["responses"]
        response = self.lookup(responses.get(str(status), responses["default"]))
        content = response.get("content", {})
        if not content:
            assert not body, f"{method} {pattern}: a body that is not described"
        else:
            schema = content.get(kind) or next(
                (value for key, value in content.items() if key.endswith("/*") and kind.startswith(key[:-1])), None)
            assert schema is not None, f"{method} {pattern}: {kind} is not one of {list(content)}"
            if kind.endswith("json"):
                whole = {**schema["schema"], "components": self.document["components"]}
                checker = jsonschema.FormatChecker()
                jsonschema.Draft202012Validator(whole, format_checker=checker).validate(json.loads(body))
        if status < 400:
            self.unasked.discard((method, pattern))
        self.count += 1
        return body

    def lookup(self, value):
        if "$ref" not in value:
            return value
        found = self.document
        for key in value["$ref"][2:].split("/"):
            found = found[key]
        return found


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--regraft", default=".build/release/regraft")
    arguments.add_argument("--photos", default=".deps/samples")
    options = arguments.parse_args()
    classes = {
        folder.name: sorted(file for file in folder.iterdir() if file.is_file())[:12]
        for folder in sorted(pathlib.Path(options.photos).iterdir()) if folder.is_dir()}
    with tempfile.TemporaryDirectory() as data:
        server = Server(options.regraft, data)
        try:
            check(server, classes)
        finally:
            server.process.terminate()
            server.process.wait()


def check(server, classes):
    description = Description(json.loads(server.ask("GET", "/openapi.json")[2]))
    values = {"dataset": "photos", "model": "photos", "version": "1", "alias": "latest"}

    def call(method, pattern, expected=200, body=None, headers=None, query=""):
        path = re.sub(r"\{(\w+)\}", lambda match: urllib.parse.quote(str(values[match[1]])), pattern)
        return description.check(method, pattern, server.ask(method, path + query, body, headers), expected)

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for label, photos in classes.items():
            for photo in photos:
                file.write(photo, f"{label}/{photo.name}")
        file.writestr(f"{label}/notes.txt", "no picture")
    dataset, images = "/v1/datasets/{dataset}", "/v1/datasets/{dataset}/images"
    kind = {"Content-Type": "application/zip"}
    server.follow(json.loads(call("PUT", dataset, 202, archive.getvalue(), kind))["id"])
    job = json.loads(call("POST", "/v1/jobs", 202, b'{"dataset": "photos"}', JSON))["id"]
    values["job"] = job
    events = server.follow(job)
    schema = {"$ref": "#/components/schemas/JobEvent", "components": description.document["components"]}
    for event in events:
        jsonschema.validate(event, schema)
    photo = next(iter(classes.values()))[0].read_bytes()
    octets = {"Content-Type": "application/octet-stream"}
    added = json.loads(call("POST", images, 201, photo, octets, "?label=new"))
    values["image"] = added["images"][0]["id"]

    for pattern, methods in description.document["paths"].items():
        if "get" in methods:
            query = {
                "/v1/models/{model}/versions/{version}/export": "?format=labels",
                "/v1/models/{model}/compare": "?a=1&b=latest",
            }.get(pattern, "")
            call("GET", pattern, query=query)
    for exported in ("onnx", "onnx-u8", "tensorflow"):
        call("GET", "/v1/models/{model}/versions/{version}/export", query=f"?format={exported}")
    bundle = call("GET", "/v1/models/{model}/versions/{version}/export", query="?format=bundle")
    values["model"] = "taken"
    call("POST", "/v1/models/{model}/import", 201, bundle, octets)
    call("GET", "/v1/models/{model}/versions/{version}")
    call("DELETE", "/v1/models/{model}", 204)
    values["model"] = "photos"
    call("GET", images + "/{image}", query="?size=64")
    call("GET", dataset, 400, query="?unknown=1")
    call("PATCH", images + "/{image}", body=b'{"label": "newer"}', headers=JSON)
    change = json.dumps({"changes": [{"image": values["image"], "delete": True}]}).encode()
    call("POST", images + "/changes", body=change, headers=JSON)
    added = json.loads(call("POST", images, 201, photo, octets, "?label=new"))
    values["image"] = added["images"][0]["id"]
    call("DELETE", images + "/{image}")
    call("POST", dataset + "/import", 202, b'{"url": "http://127.0.0.1:1/photos.zip"}', JSON)
    call("POST", "/v1/jobs", 400, b'{"datset": "photos"}', JSON)
    call("POST", "/v1/jobs/{job}/cancel", 409)
    call("PUT", "/v1/models/{model}/aliases/{alias}", body=b'{"version": 1}', headers=JSON)
    several = json.dumps({"images": [{"b64": base64.b64encode(photo).decode()}, {"b64": "AAAA", "name": "bad"}]}).encode()
    for pattern in ["/classify", "/v1/models/{model}/classify"]:
        call("POST", pattern, body=photo, headers=octets)
        call("POST", pattern, body=several, headers=JSON)
        call("POST", pattern, body=photo, headers=octets, query="?explain=cam,neighbors")
    for pattern in ["/v2/models/{model}/infer", "/v2/models/{model}/versions/{version}/infer"]:
        call("POST", pattern, body=photo, headers={"Inference-Header-Content-Length": "0"})
        call("POST", pattern, 400, b"{}", JSON)
    speak_triton(server, [photos[0].read_bytes() for photos in classes.values()])
    compare_thumbnails(server, [photos[0] for photos in classes.values()])

    values["alias"] = "old"
    call("PUT", "/v1/models/{model}/aliases/{alias}", body=b'{"version": 1}', headers=JSON)
    call("DELETE", "/v1/models/{model}/aliases/{alias}", 204)
    # A second version, cancelled; a third one, which no alias names.
    late = b'{"dataset": "photos", "promotion": "manual", "recipe": "retrain", "how_many_training_steps": 1000000}'
    values["job"] = json.loads(call("POST", "/v1/jobs", 202, late, JSON))["id"]
    status = server.ask("POST", f"/v1/jobs/{values['job']}/cancel")
    description.check("POST", "/v1/jobs/{job}/cancel", status, status[0])
    server.ask("GET", f"/v1/jobs/{values['job']}/events")
    call("DELETE", "/v1/jobs/{job}", 204)
    spare = b'{"dataset": "photos", "promotion": "manual", "seed": 1}'
    server.follow(json.loads(call("POST", "/v1/jobs", 202, spare, JSON))["id"])
    values["version"] = "2"
    call("DELETE", "/v1/models/{model}/versions/{version}", 204)
    call("DELETE", "/v1/models/{model}", 204)
    call("DELETE", dataset, 204)
    print(f"{description.count} answers are what the description says; operations that were not asked: "
          f"{sorted(description.unasked) or 'none'}")
    assert not description.unasked


def speak_triton(server, photos):
    """What Triton's own client makes of /v2, beside the answers of /classify."""
    client = triton.InferenceServerClient(server.address.removeprefix("http://"))
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("photos", "1")
    assert not client.is_model_ready("none")
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    metadata = client.get_model_metadata("photos")
    height, width = metadata["inputs"][1]["shape"][1:3]
    labels = json.loads(server.ask("GET", "/v1/models/photos/versions/1")[2])["labels"]
    expected = []
    for photo in photos:
        octets = {"Content-Type": "application/octet-stream"}
        answer = json.loads(server.ask("POST", "/classify?top_k=1000", photo, octets)[2])
        row = {prediction["label"]: prediction["probability"] for prediction in answer["predictions"]}
        expected.append([row[label] for label in labels])
    for is_binary in [True, False]:
        elements = photos if is_binary else [base64.b64encode(photo) for photo in photos]
        tensor = triton.InferInput("image", [len(photos)], "BYTES")
        tensor.set_data_from_numpy(numpy.array(elements, dtype=object), binary_data=is_binary)
        for outputs in [None, [triton.InferRequestedOutput(name, binary_data=not is_binary)
                               for name in ["labels", "probabilities"]]]:
            result = client.infer("photos", [tensor], outputs=outputs, request_id="7")
            assert result.get_response()["id"] == "7"
            assert numpy.abs(result.as_numpy("probabilities") - expected).max() < 1e-6
            names = [[bytes(name).decode() if isinstance(name, bytes) else name for name in row]
                     for row in result.as_numpy("labels")]
            assert names == [labels] * len(photos), names
        top = client.infer("photos", [tensor], outputs=[triton.InferRequestedOutput("probabilities", class_count=2)])
        for row, texts in zip(expected, top.as_numpy("probabilities")):
            value, index, label = texts[0].decode().split(":", 2)
            assert label == labels[int(index)] and abs(float(value) - max(row)) < 1e-5
    pixels = numpy.stack([
        numpy.asarray(Image.open(io.BytesIO(photo)).convert("RGB").resize((width, height)), dtype=numpy.float32)
        for photo in photos])
    tensor = triton.InferInput("pixels", pixels.shape, "FP32")
    both = []
    for is_binary in [True, False]:
        tensor.set_data_from_numpy(pixels, binary_data=is_binary)
        both.append(client.infer("photos", [tensor], model_version="latest").as_numpy("probabilities"))
    assert (both[0] == both[1]).all() and numpy.abs(both[0].sum(axis=1) - 1).max() < 1e-5
    try:
        client.infer("none", [tensor])
        raise AssertionError("a model that is not there has answered")
    except triton.InferenceServerException as error:
        assert error.status() == "404" and "none" in error.message(), error
    print(f"tritonclient: {len(photos)} photos in each form as at /classify")


def compare_thumbnails(server, photos):
    """Size and pixels beside Pillow's resize, in every orientation, with the loss of Pillow's own JPEG as the measure."""
    worst = 0
    for photo in photos:
        with Image.open(photo) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright).convert("RGB")
        for orientation in range(1, 9):
            exif = Image.Exif()
            exif[0x0112] = orientation
            file = io.BytesIO()
            # Without a loss of its own.
            picture.save(file, "PNG", exif=exif)
            turned = ImageOps.exif_transpose(Image.open(io.BytesIO(file.getvalue())))
            octets = {"Content-Type": "application/octet-stream"}
            added = server.ask("POST", "/v1/datasets/thumbnails/images?label=a", file.getvalue(), octets)
            number = json.loads(added[2])["images"][0]["id"]
            for side in [16, 100, 300]:
                answer = server.ask("GET", f"/v1/datasets/thumbnails/images/{number}?size={side}")
                small = Image.open(io.BytesIO(answer[2]))
                scale = min(1, side / max(turned.size))
                size = tuple(max(1, int(length * scale + 0.5)) for length in turned.size)
                assert small.size == size and small.format == "JPEG" and not small.getexif(), (small.size, size)
                wanted = turned.resize(size, Image.Resampling.BICUBIC)
                file = io.BytesIO()
                wanted.save(file, "JPEG", quality=85)

                def distance(image):
                    return numpy.abs(numpy.asarray(image, float) - numpy.asarray(wanted, float)).mean()
                worst = max(worst, distance(small) - distance(Image.open(file)))
    assert worst < 1, worst
    print(f"thumbnails: at most {worst:.2f} levels further from Pillow's resize than Pillow's own JPEG of it")


if __name__ == "__main__":
    main()
