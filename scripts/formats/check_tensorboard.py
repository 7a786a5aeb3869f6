#!/usr/bin/env python3
"""Looks with TensorBoard at what trainings write for it: of the command and of a server's jobs, both recipes.

    scripts/formats/check_tensorboard.py WORK [--regraft PROGRAM] [--photos FOLDER]

Every tag, step and value is compared with what the job's events and evaluation, or the command's evaluation, say; then the
`tensorboard` server is asked for all that its tabs ask for, and the tabs are opened in a browser, with pictures in WORK.
Fails with the first thing that is not as it should be.

Needs Python with tensorboard, numpy and pillow, and no network; for the pictures, which nothing depends on, Debian's chromium. PHOTOS has a subfolder a class; by default
it is pets below REGRAFT_TEST_DATA, or the sample photos of scripts/fetch_samples.sh.
"""

import argparse
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import zipfile

import numpy
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.plugins.hparams import plugin_data_pb2

ROOT = pathlib.Path(__file__).resolve().parents[2]
CURVES = {"train": "train_", "validation": "validation_"}
LAYERS = [f"final_training_ops/{layer}/summaries" for layer in ("weights", "biases")]
SCALARS = {"accuracy_1", "cross_entropy_1"} | {f"{layer}/{name}" for layer in LAYERS for name in ("mean", "stddev_1", "max", "min")}
ACTIVATIONS = {"activations", "final_training_ops/Wx_plus_b/pre_activations"}
# Accuracies are rounded to 4 places in events and evaluations, cross-entropies to 6; floats of 32 bits have 7 digits.
TOLERANCE = {"accuracy_1": 5.1e-5, "cross_entropy_1": 1.5e-6}


class Failed(Exception):
    pass


def expect(holds, what):
    if not holds:
        raise Failed(what)
    print(f"  {what}", flush=True)


def get(url, binary=False, **query):
    full = url + ("?" + urllib.parse.urlencode(query) if query else "")
    with urllib.request.urlopen(full, timeout=60) as response:
        data = response.read()
    return data if binary else json.loads(data)


def post(url, value):
    request = urllib.request.Request(
        url, json.dumps(value).encode(), {"Content-Type": "application/json", "X-TensorBoard-Feature-Flags": "{}"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


class Program:
    """One that goes on until it is stopped."""

    def __init__(self, arguments, log):
        self.log = log.open("w")
        self.process = subprocess.Popen([str(part) for part in arguments], stdout=subprocess.PIPE, stderr=self.log, text=True)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


class Server(Program):
    def __init__(self, program, work):
        super().__init__([program, "serve", "--data", work / "data", "--port", "0"], work / "server.log")
        self.url = self.process.stdout.readline().split()[-1]
        until(lambda: answers(self.url + "/readyz"), "the server is not ready")

    def follow(self, job):
        request = urllib.request.Request(f"{self.url}/v1/jobs/{job}/events", headers={"Accept": "application/x-ndjson"})
        with urllib.request.urlopen(request) as response:
            events = [json.loads(line) for line in response if line.strip()]  # an empty line is a sign of life
        if events[-1]["data"].get("state") != "succeeded":
            raise Failed(f"the job {job} ended with {events[-1]}")
        return events

    def upload(self, archive):
        request = urllib.request.Request(
            f"{self.url}/v1/datasets/photos", archive.read_bytes(), {"Content-Type": "application/zip"}, method="PUT")
        with urllib.request.urlopen(request) as response:
            self.follow(json.load(response)["id"])

    def train(self, options):
        return post(f"{self.url}/v1/jobs", {"dataset": "photos"} | options)["id"]


def answers(url):
    try:
        urllib.request.urlopen(url).close()
        return True
    except OSError:
        return False


def until(holds, what, seconds=120):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise Failed(f"{what} after {seconds} s")
        time.sleep(0.2)


class Comparison:
    """The largest differences that were found, by tag."""

    def __init__(self):
        self.largest = {}
        self.count = 0

    def add(self, tag, found, expected):
        difference = abs(found - expected)
        self.largest[tag] = max(difference, self.largest.get(tag, 0))
        self.count += 1
        if not difference <= TOLERANCE.get(tag, 1e-6):
            raise Failed(f"{tag} is {found} and should be {expected}")


def read(folder):
    accumulator = event_accumulator.EventAccumulator(str(folder), size_guidance={
        event_accumulator.SCALARS: 0, event_accumulator.HISTOGRAMS: 0, event_accumulator.IMAGES: 0, event_accumulator.TENSORS: 0})
    accumulator.Reload()
    return accumulator


def check_run(folder, name, curve, comparison, photos):
    """One run's events against the curve: a list of step, accuracy and cross-entropy by split."""
    events = read(folder / name)
    tags = events.Tags()
    prefix = CURVES[name]
    steps = [point["step"] for point in curve]
    for (tag, field) in (("accuracy_1", "accuracy"), ("cross_entropy_1", "cross_entropy")):
        found = events.Scalars(tag)
        if [event.step for event in found] != steps:
            raise Failed(f"{name}'s steps of {tag} are {[event.step for event in found]} and should be {steps}")
        for event, point in zip(found, curve):
            comparison.add(tag, event.value, point[prefix + field])
        times = [event.wall_time for event in found]
        if times != sorted(times) or not time.time() - 3600 < times[0] <= times[-1] <= time.time() + 1:
            raise Failed(f"{name}'s times are {times[:3]}…")
    histograms = set(tags["histograms"])
    wanted = ACTIVATIONS | ({f"{layer}/histogram" for layer in LAYERS} if name == "train" else set())
    expect(histograms == wanted, f"{name}: curves of {len(steps)} points and histograms of {len(wanted)} tags")
    for tag in sorted(histograms):
        for event in events.Histograms(tag):
            value = event.histogram_value
            limits, counts = value.bucket_limit, value.bucket
            if not (sum(counts) == value.num and list(limits) == sorted(limits) and value.min <= value.max < limits[-1]):
                raise Failed(f"the histogram {tag} of step {event.step} does not add up")
    for event in events.Histograms("activations"):
        # Probabilities: each photo's sum to 1, so the mean is one class's part.
        value = event.histogram_value
        comparison.add("activations", value.sum / value.num * photos["classes"], 1)
        if not 0 <= value.min <= value.max <= 1.000001:
            raise Failed("probabilities are not between 0 and 1")
    if name == "train":
        scalars = set(tags["scalars"])
        ending = {"final/test_accuracy", "final/test_cross_entropy", "final/validation_accuracy"}
        expect(scalars == SCALARS | ending, f"train: scalars of {len(scalars)} tags")
        for layer in LAYERS:
            by_step = {event.step: event.histogram_value for event in events.Histograms(f"{layer}/histogram")}
            for part in ("mean", "max", "min", "stddev_1"):
                for event in events.Scalars(f"{layer}/{part}"):
                    if (value := by_step.get(event.step)) is None:
                        continue
                    mean = value.sum / value.num
                    deviation = max(0, value.sum_squares / value.num - mean * mean) ** 0.5
                    expected = {"mean": mean, "max": value.max, "min": value.min, "stddev_1": deviation}[part]
                    comparison.add(f"{layer}/{part}", event.value, expected)
    return events


def check_end(folder, events, evaluation, comparison, photos):
    """What is said of the whole training."""
    numbers = {tag: events.Scalars(f"final/{tag}") for tag in ("test_accuracy", "test_cross_entropy", "validation_accuracy")}
    for tag, field in (("test_accuracy", "accuracy"), ("test_cross_entropy", "log_loss"), ("validation_accuracy", "validation_accuracy")):
        comparison.add(f"final/{tag}", numbers[tag][0].value, evaluation[field])
    image = events.Images("final/confusion")[0]
    expect(image.encoded_image_string[:8] == b"\x89PNG\r\n\x1a\n" and image.width == image.height, "the confusion matrix is a PNG")
    # TensorBoard's fast loader leaves it out; with --load_fast=false it is beside the image.
    expect("\n1. " in events.SummaryMetadata("final/confusion").summary_description, "its description names the rows")
    (folder / "confusion.png").write_bytes(image.encoded_image_string)
    contents = events.summary_metadata
    start = plugin_data_pb2.HParamsPluginData.FromString(contents["_hparams_/session_start_info"].plugin_data.content).session_start_info
    end = plugin_data_pb2.HParamsPluginData.FromString(contents["_hparams_/session_end_info"].plugin_data.content).session_end_info
    expect(start.hparams["recipe"].string_value == evaluation["recipe"] and end.status == 1, "the session has its options and its success")
    train = folder / "train"
    rows = (train / "metadata.tsv").read_text().splitlines()
    shown = min(500, evaluation["test_images"])
    cells = [row.split("\t") for row in rows[1:]]
    wrong = sum(cell[2] == "no" for cell in cells)
    expect(len(cells) == evaluation["test_images"] <= 500 and wrong == evaluation["misclassified_images"],
           f"the projector has {shown} photos, {wrong} of them wrong")
    tensor = numpy.fromfile(train / "bottlenecks.tensor", "<f4").reshape(shown, -1)
    expect(numpy.isfinite(tensor).all() and tensor.shape[1] == photos["features"], f"their bottlenecks are {tensor.shape}")


def curve_of_events(events):
    return [event["data"] for event in events if event["event"] == "metric"]


def check_command(arguments, work, comparison, photos):
    logs = work / "retrain_logs"
    for number, recipe in enumerate(("auto", "retrain")):
        print(f"regraft retrain --recipe {recipe}")
        evaluation = work / f"{recipe}.json"
        subprocess.run(
            [arguments.regraft, "retrain", "--image_dir", arguments.photos, "--recipe", recipe, "--summaries_dir", logs,
             "--output_graph", work / "model", "--output_labels", work / "labels.txt", "--output_evaluation", evaluation,
             "--bottleneck_dir", work / "bottlenecks"], check=True, stdout=subprocess.DEVNULL, stderr=(work / "retrain.log").open("w"))
        said = json.loads(evaluation.read_text())
        # A second run goes into a folder of its own.
        folder = logs if number == 0 else logs / "run-2"
        for name in CURVES:
            events = check_run(folder, name, said["curve"], comparison, photos)
            if name == "train":
                check_end(folder, events, said, comparison, photos)


def check_server(server, comparison, photos, logs):
    jobs = {}
    for recipe in ("auto", "retrain"):
        print(f"a job with recipe {recipe}")
        job = server.train({"recipe": recipe, "model": recipe})
        events = server.follow(job)
        jobs[job] = recipe
        until((logs / job / "train" / "projector_config.pbtxt").exists, "the projector's files are missing")
        said = get(f"{server.url}/v1/models/{recipe}/versions/1/evaluation")
        for name in CURVES:
            found = check_run(logs / job, name, curve_of_events(events), comparison, photos)
            if name == "train":
                check_end(logs / job, found, said, comparison, photos)
    return jobs


def check_live(server, board, logs):
    """A training that goes on is seen while it does."""
    print("a job that goes on")
    job = server.train({"recipe": "retrain", "how_many_training_steps": 1_000_000, "model": "endless"})
    run = f"{job}/train"

    def count():
        if run not in get(board + "/data/runs"):
            return 0
        tags = get(board + "/data/plugin/scalars/tags").get(run, {})
        return len(get(board + "/data/plugin/scalars/scalars", run=run, tag="accuracy_1")) if "accuracy_1" in tags else 0

    until(lambda: count() > 2, "a training that goes on is not shown")
    first = count()
    until(lambda: count() > first, "it does not go on")
    expect(True, "its curve is shown, and grows")
    urllib.request.urlopen(
        urllib.request.Request(f"{server.url}/v1/jobs/{job}/cancel", method="POST")).close()
    until(lambda: get(f"{server.url}/v1/jobs/{job}")["state"] == "cancelled", "it is not cancelled")
    return job


def check_board(board, jobs, ended, logs, comparison):
    """The routes that TensorBoard's pages ask."""
    print("tensorboard")
    runs = [f"{job}/{name}" for job in jobs for name in CURVES]
    until(lambda: set(runs) <= set(get(board + "/data/runs")), "runs are missing")
    expect(set(get(board + "/data/runs")) == set(runs) | {f"{ended}/{name}" for name in CURVES}, f"{len(runs) + 2} runs")
    for job in jobs:
        until(lambda: "final/test_accuracy" in get(board + "/data/plugin/scalars/tags").get(f"{job}/train", {}), "scalars are missing")
    tags = get(board + "/data/plugin/scalars/tags")
    compared = 0
    for run in runs:
        mine = read(logs / run)
        for tag in tags[run]:
            values = {int(step): value for _, step, value in get(board + "/data/plugin/scalars/scalars", run=run, tag=tag)}
            own = {event.step: event.value for event in mine.Scalars(tag)}
            if not values or any(own[step] != value for step, value in values.items()):
                raise Failed(f"{run}: {tag} is another one")
            compared += len(values)
    expect(compared > 0, f"scalars: {compared} values in {sum(len(tags[run]) for run in runs)} curves")
    histograms = get(board + "/data/plugin/histograms/tags")
    expect(all(ACTIVATIONS <= set(histograms[run]) for run in runs), "histograms of every run")
    found = get(board + "/data/plugin/histograms/histograms", run=runs[0], tag=f"{LAYERS[0]}/histogram")
    own = {event.step: event.histogram_value for event in read(logs / runs[0]).Histograms(f"{LAYERS[0]}/histogram")}
    for _, step, buckets in found:
        if abs(sum(bucket[2] for bucket in buckets) - own[step].num) > 1e-6 * own[step].num:
            raise Failed("a histogram has lost numbers")
    expect(len(found) > 0, f"histograms: {len(found)} of the weights")
    images = get(board + "/data/plugin/images/tags")
    for job in jobs:
        (tag, samples), = images[f"{job}/train"].items()
        if tag != "final/confusion":
            raise Failed(f"the image is {tag}: {samples}")
        entry = get(board + "/data/plugin/images/images", run=f"{job}/train", tag=tag, sample=0)[0]
        data = get(board + "/data/plugin/images/individualImage?" + entry["query"], binary=True)
        if not data.startswith(b"\x89PNG"):
            raise Failed("the image is no PNG")
    expect(True, "images: a confusion matrix a job")
    until(lambda: len(get(board + "/data/plugin/projector/runs")) >= len(jobs), "projector: runs are missing")
    for run in get(board + "/data/plugin/projector/runs"):
        info = get(board + "/data/plugin/projector/info", run=run)["embeddings"][0]
        rows, columns = info["tensorShape"]
        tensor = get(board + "/data/plugin/projector/tensor", binary=True, run=run, name=info["tensorName"])
        numbers = numpy.frombuffer(tensor, "<f4").reshape(rows, columns)
        own = numpy.fromfile(logs / run / "bottlenecks.tensor", "<f4").reshape(rows, columns)
        lines = get(board + "/data/plugin/projector/metadata", binary=True, run=run, name=info["tensorName"]).decode().splitlines()
        sprite = get(board + "/data/plugin/projector/sprite_image", binary=True, run=run, name=info["tensorName"])
        width, height = struct.unpack(">II", sprite[16:24])
        side = info["sprite"]["singleImageDim"][0]
        if not ((numbers == own).all() and len(lines) == rows + 1 and width == height and (width // side) ** 2 >= rows):
            raise Failed(f"projector: {run} is not whole")
    expect(True, f"projector: {rows} photos with {columns} numbers, labels and thumbnails each")
    experiment = post(board + "/data/plugin/hparams/experiment", {})
    names = {info["name"] for info in experiment["hparamInfos"]}
    metrics = {(info["name"].get("group", ""), info["name"]["tag"]) for info in experiment["metricInfos"]}
    expect({"recipe", "learning_rate", "backbone", "dataset", "seed"} <= names and ("", "final/test_accuracy") in metrics,
           f"hparams: {len(names)} options")
    groups = post(board + "/data/plugin/hparams/session_groups", {
        "startIndex": 0, "sliceSize": 100, "allowedStatuses": ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"],
        "colParams": [{"metric": {"group": "", "tag": "final/test_accuracy"}, "order": "ORDER_DESC"}], "includeMetrics": True,
        "aggregationType": "AGGREGATION_AVG"})["sessionGroups"]
    states = {}
    for group in groups:
        for session in group["sessions"]:
            values = {value["name"]["tag"]: value["value"] for value in session.get("metricValues", [])}
            states[session["name"].split("/")[0]] = (session["status"], values.get("final/test_accuracy"))
    for job in jobs:
        status, accuracy = states[job]
        comparison.add("hparams: final/test_accuracy", accuracy, read(logs / job / "train").Scalars("final/test_accuracy")[0].value)
        if status != "STATUS_SUCCESS":
            raise Failed(f"hparams: {job} is {status}")
    expect(states[ended][0] == "STATUS_FAILURE", f"hparams: {len(states)} trainings with status and accuracy")
    graphs = get(board + "/data/plugin/graphs/info")
    for run in [run for run, info in graphs.items() if info.get("run_graph")]:
        text = get(board + "/data/plugin/graphs/graph", binary=True, run=run).decode()
        expect("node {" in text, f"graphs: {run} has {text.count('node {')} nodes, {len(text)} characters")
    if not any(info.get("run_graph") for info in graphs.values()):
        raise Failed("graphs: none is written")


def photograph(board, work):
    if not shutil.which("chromium"):
        print("pictures: none, since there is no chromium (Debian's package of that name)")
        return
    print("pictures")
    for name in ("timeseries", "scalars", "graphs", "hparams", "images", "projector", "histograms"):
        picture = work / f"{name}.png"
        subprocess.run(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--use-gl=angle",
             "--use-angle=swiftshader", "--enable-unsafe-swiftshader", f"--user-data-dir={work / 'browser'}",
             "--window-size=1500,1100", "--virtual-time-budget=20000", f"--screenshot={picture}", f"{board}/#{name}"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
        expect(picture.stat().st_size > 20_000, f"{picture}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--regraft", default=ROOT / ".build/release/regraft", type=pathlib.Path)
    parser.add_argument("--photos", type=pathlib.Path)
    arguments = parser.parse_args()
    data = os.environ.get("REGRAFT_TEST_DATA")
    arguments.photos = arguments.photos or (
        pathlib.Path(data) / "pets" if data else pathlib.Path(os.environ.get("REGRAFT_DEPS", ROOT / ".deps")) / "samples")
    work = arguments.work.resolve()
    shutil.rmtree(work, ignore_errors=True) if (work / ".check_tensorboard").exists() else None
    if work.exists() and any(work.iterdir()):
        sys.exit(f"{work} holds something; name another folder.")
    work.mkdir(parents=True, exist_ok=True)
    (work / ".check_tensorboard").touch()
    photos = {"classes": sum(folder.is_dir() for folder in arguments.photos.iterdir()), "features": 1280}
    comparison = Comparison()
    programs = []
    try:
        check_command(arguments, work, comparison, photos)
        server = Server(arguments.regraft, work)
        programs.append(server)
        archive = work / "photos.zip"
        with zipfile.ZipFile(archive, "w") as out:
            for file in sorted(arguments.photos.rglob("*")):
                if file.is_file() and file.parent.parent == arguments.photos:
                    out.write(file, file.relative_to(arguments.photos))
        server.upload(archive)
        logs = work / "data" / "logs"
        jobs = check_server(server, comparison, photos, logs)
        board = "http://127.0.0.1:16006"
        programs.append(Program(
            [sys.executable, "-m", "tensorboard.main", "--logdir", logs, "--port", "16006", "--reload_interval", "1"],
            work / "tensorboard.log"))
        until(lambda: answers(board + "/data/runs"), "tensorboard does not answer")
        ended = check_live(server, board, logs)
        check_board(board, jobs, ended, logs, comparison)
        photograph(board, work)
    except Failed as failure:
        sys.exit(f"FAILED: {failure}")
    finally:
        for program in programs:
            program.stop()
    tag, largest = max(comparison.largest.items(), key=lambda item: item[1])
    print(f"{comparison.count} values compared; the largest difference is {largest:.3g}, of {tag}.")


if __name__ == "__main__":
    main()
