#!/usr/bin/env python3
"""Has other programs read the files that Regraft writes, and fails where they do not compute what Regraft does.

    scripts/formats_check.py [check ...] [--regraft .build/release/regraft] [--photos FOLDER] [--work FOLDER]

What reads them is installed with pip into .build/formats-venv, in the versions of scripts/formats/requirements.txt (2 GB).
Photos are a folder with a subfolder a class: by default pets below REGRAFT_TEST_DATA, or else the samples that
scripts/fetch_samples.sh fetches. Each check is a program that is given a folder which scripts/formats/prepare.py has filled.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
# A further check is a further line: scripts/formats/check_NAME.py WORK. Those of RUNNING run the program themselves.
CHECKS = [
    "onnx",
    "photos",
    "tensorflow",
    "openvino",
    "damage",
    "bundle",
    "tensorboard",
]
RUNNING = ["bundle", "tensorboard"]


def environment(folder):
    """Python with what is needed, made when it is not there or was made for other versions."""
    wanted = (ROOT / "scripts/formats/requirements.txt").read_text()
    python, stamp = folder / "bin/python", folder / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"Installing what reads the files into {folder}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r",
                        ROOT / "scripts/formats/requirements.txt"], check=True)  # fmt: skip
        stamp.write_text(wanted)
    return python


def photos(given):
    if given:
        return given
    if data := os.environ.get("REGRAFT_TEST_DATA"):
        return pathlib.Path(data) / "pets"
    subprocess.run([ROOT / "scripts/fetch_samples.sh", "--quiet"], check=True)
    return dependencies() / "samples"


def dependencies():
    return pathlib.Path(os.environ.get("REGRAFT_DEPS", ROOT / ".deps"))


def check_all(options, work):
    python = environment(options.environment)
    scripts = ROOT / "scripts/formats"
    subprocess.run(
        [python, scripts / "prepare.py", work, "--regraft", options.regraft, "--photos", photos(options.photos), "--backbones",
         dependencies() / "backbones"],
        check=True)  # fmt: skip
    failed = [
        name for name in options.checks or CHECKS
        if subprocess.run(command(name, python, scripts, options.regraft, work)).returncode != 0
    ]  # fmt: skip
    if failed:
        sys.exit(f"formats: FAILED {', '.join(failed)}")
    print("formats: all as it should be")


def command(name, python, scripts, program, work):
    check = [python, "-B", scripts / f"check_{name}.py"]
    if name not in RUNNING:
        return [*check, work]
    # Each in a folder of its own, which is empty.
    (work / name).mkdir()
    return [*check, work / name, "--regraft", program.resolve()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checks", nargs="*", metavar="|".join(CHECKS))
    parser.add_argument("--regraft", type=pathlib.Path, default=ROOT / ".build/release/regraft")
    parser.add_argument("--photos", type=pathlib.Path)
    parser.add_argument("--work", type=pathlib.Path, help="an empty folder to keep (by default one that is deleted)")
    parser.add_argument("--environment", type=pathlib.Path, default=ROOT / ".build/formats-venv")
    options = parser.parse_args()
    if unknown := set(options.checks) - set(CHECKS):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    if options.work:
        options.work.mkdir(parents=True, exist_ok=True)
        check_all(options, options.work.resolve())
    else:
        with tempfile.TemporaryDirectory() as folder:
            check_all(options, pathlib.Path(folder))


main()
