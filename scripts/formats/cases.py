"""What every check is given: the folder that prepare.py has filled.

    cases.json      models with their files and with what Regraft says of the pictures
    pictures/*.png  of the input's size, so that nobody resizes anything
    photos.json     models with what Regraft says of photos/*.jpg, which are as they came
"""
import json
import pathlib
import sys

import numpy
from PIL import Image

TOLERANCE = 1e-4
MEAN, STD = 127, 128


class Work:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.cases = json.loads((self.folder / "cases.json").read_text())
        self.failures = 0
        self._pictures = {}

    def file(self, case, kind):
        """Its path, or None where the case has no such file."""
        return str(self.folder / case["files"][kind]) if kind in case["files"] else None

    def paths(self, case):
        return [self.folder / name for name in case["pictures"]]

    def pixels(self, case):
        """8-bit RGB, [pictures, height, width, 3]."""
        paths = tuple(self.paths(case))
        if paths not in self._pictures:
            self._pictures[paths] = numpy.stack([numpy.asarray(Image.open(path)) for path in paths])
        return self._pictures[paths]

    def normalised(self, case):
        """[pictures, height, width, 3]"""
        return (self.pixels(case).astype(numpy.float32) - MEAN) / STD

    def fail(self, text):
        self.failures += 1
        print(f"FAILED {text}", flush=True)

    def compare(self, title, case, probabilities):
        """One line: how far a reader's probabilities are from Regraft's."""
        expected = numpy.array(case["probabilities"])
        if probabilities.shape != expected.shape:
            self.fail(f"{title}: {probabilities.shape} instead of {expected.shape} probabilities")
            return
        difference = float(numpy.abs(probabilities - expected).max())
        same = int((probabilities.argmax(1) == expected.argmax(1)).sum())
        text = f"{title}: largest difference {difference:.1e}, {same} of {len(expected)} photos with the same best label"
        if difference <= TOLERANCE and same == len(expected):
            print(text, flush=True)
        else:
            self.fail(text)


def run(check):
    """Calls `check` with the folder that the command line names, and exits with 1 where something failed."""
    work = Work(sys.argv[1])
    check(work)
    sys.exit(1 if work.failures else 0)
