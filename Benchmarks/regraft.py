"""The program that is measured, and the arrays that go to and fro."""
import os
import subprocess
import sys

import numpy


class Regraft:
    def __init__(self, program, folder):
        self.program, self.folder, self.count = os.path.abspath(program), folder, 0

    def run(self, *arguments):
        """Standard output of `regraft bench`."""
        run = subprocess.run([self.program, "bench", *arguments], capture_output=True, text=True)
        # Exit code 3: some photos could not be used, which would make the sets others than they are said to be.
        if run.returncode != 0:
            sys.exit(f"regraft bench {' '.join(arguments)} ended with {run.returncode}: {run.stderr.strip()}")
        return run.stdout

    def has(self, command):
        """Whether there is such a subcommand of `regraft bench`."""
        run = subprocess.run([self.program, "bench", command, "--help"], capture_output=True)
        return run.returncode == 0 and f"bench {command}".encode() in run.stdout

    def fresh(self):
        """A new folder for arrays."""
        self.count += 1
        path = os.path.join(self.folder, f"arrays-{self.count}")
        os.mkdir(path)
        return path

    def features(self, photos):
        """Bottlenecks `[photos, features]`, classes `[photos]` and labels of a folder."""
        arrays = self.fresh()
        self.run("features", photos, "--write-arrays", arrays, *self.cache)
        with open(os.path.join(arrays, "labels.txt"), encoding="utf-8") as file:
            labels = file.read().splitlines()
        features, classes = (numpy.load(os.path.join(arrays, name)) for name in ("features.npy", "classes.npy"))
        return features, classes, labels

    @property
    def cache(self):
        return ["--bottleneck_dir", os.path.join(self.folder, "bottlenecks")]

    def heads(self, recipe, features, classes, folds):
        """Probabilities `[repeats, photos, classes]` of photos that the head was not fitted on.

        folds: `[repeats, photos]`; -1 of one that is only tested. classes: `[photos]` or `[repeats, photos]`.
        """
        arrays = self.fresh()
        paths = self.save(arrays, features=features, classes=classes, folds=folds)
        out = os.path.join(arrays, "probabilities.npy")
        self.run("heads", *paths, "--recipe", recipe, "--out", out)
        return numpy.load(out)

    def unknown(self, features, classes, queries):
        """How unknown each of `queries` is to a detector that was made of the photos: the higher, the more unknown."""
        arrays = self.fresh()
        paths = self.save(arrays, features=features, classes=classes, queries=queries)
        out = os.path.join(arrays, "scores.npy")
        self.run("unknown", *paths, "--out", out)
        return numpy.load(out)

    @staticmethod
    def save(folder, **arrays):
        """Writes arrays, and returns the flags that name them."""
        flags = []
        for name, array in arrays.items():
            path = os.path.join(folder, name + ".npy")
            kind = numpy.float32 if numpy.issubdtype(array.dtype, numpy.floating) else numpy.int64
            numpy.save(path, numpy.ascontiguousarray(array, dtype=kind))
            flags += ["--" + name, path]
        return flags
