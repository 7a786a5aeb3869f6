"""The same numbers through the server as through the command."""
import os
import re
import subprocess

from .support import Server, read_photos, require, say


def measure(options, folder):
    photos = read_photos(options.accuracy_photos)
    server = Server(options.regraft, os.path.join(folder, "accuracy"))
    server.upload("photos", photos)
    for recipe in ("auto", "retrain"):
        job = server.train("photos", model=recipe, recipe=recipe)
        server_side, _ = server.json("GET", f"/v1/models/{recipe}/versions/{job['model_version']}/evaluation")
        output = subprocess.run(
            [options.regraft, "retrain", "--image_dir", options.accuracy_photos, "--recipe", recipe,
             "--output_graph", os.path.join(folder, "model.regraft"), "--output_labels", os.path.join(folder, "labels.txt"),
             "--bottleneck_dir", os.path.join(folder, "bottlenecks"), "--summaries_dir", os.path.join(folder, "summaries")],
            check=True, stdout=subprocess.PIPE, text=True).stdout
        percent, count = re.search(r"Final test accuracy = ([\d.]+)% \(N=(\d+)\)", output).groups()
        classes = re.findall(r"^(\S.*\S) +(\d+) +([\d.]+|–) +([\d.]+|–) +([\d.]+|–)$", output, re.MULTILINE)
        digits = lambda value: "–" if value is None else f"{value:.2f}"
        expected = [
            (entry["label"], str(entry["support"]), *(digits(entry.get(name)) for name in ("precision", "recall", "f1")))
            for entry in server_side["classes"]]
        same = sum(one == other for one, other in zip(classes, expected))
        say(f"accuracy, {recipe}: {100 * server_side['accuracy']:.1f} % of {server_side['test_images']} test photos through the server, "
            f"{percent} % of {count} through the command; {same} of {len(expected)} classes have the same precision, recall and F1")
        require(f"{100 * server_side['accuracy']:.1f}" == percent and str(server_side["test_images"]) == count
                and classes == expected, f"server and command differ: {expected} {classes}")
    server.stop()
