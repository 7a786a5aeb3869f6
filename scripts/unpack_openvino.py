#!/usr/bin/env python3
"""Takes what a C++ program needs out of the wheel of the PyPI package openvino.

    unpack_openvino.py openvino-2026.4.1-….whl FOLDER

FOLDER, which must be empty or absent, gets `include/openvino/…`, `lib/*.so*`, `licenses/…` and `VERSION`.
"""

import pathlib
import re
import shutil
import sys
import zipfile

# The runtime, its CPU plugin (x86-64 or arm64), the readers of the four model formats Regraft accepts, and the thread
# pool they share. Left out: GPU, NPU and the "auto", "hetero" and "batch" meta devices, readers of other formats, and
# Python bindings. The runtime looks for plugins and readers by name, when they are asked for, so their absence is
# harmless.
LIBRARIES = re.compile(
    r"""openvino/libs/lib(
        openvino(_c|_(onnx|ir|tensorflow|tensorflow_lite)_frontend)?\.so\.\d+ |
        openvino_(intel|arm)_cpu_plugin\.so |
        (tbb|tbbmalloc|tbbbind_\w+|hwloc)\.so\.\d+
    )""",
    re.VERBOSE,
)
HEADERS = re.compile(r"openvino/(include/openvino/.+\.(h|hpp))")
LICENSES = re.compile(r"openvino-[^/]+\.dist-info/licenses/(?:.*/)?([^/]+)")
EXPECTED = {
    "include/openvino/openvino.hpp",
    "lib/libopenvino.so",
    "lib/libopenvino_c.so",
    "lib/libtbb.so.12",
    "licenses/LICENSE",
}


def destination(entry):
    """Where an entry of the wheel goes, or None for one that is not wanted."""
    if LIBRARIES.fullmatch(entry):
        return "lib/" + entry.rpartition("/")[2]
    if match := HEADERS.fullmatch(entry):
        return match.group(1)
    if match := LICENSES.fullmatch(entry):
        return "licenses/" + match.group(1)
    return None


def unpack(wheel_path, folder):
    folder.mkdir(parents=True, exist_ok=True)
    written = set()
    with zipfile.ZipFile(wheel_path) as wheel:
        for entry in wheel.namelist():
            name = destination(entry)
            if name is None:
                continue
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with wheel.open(entry) as source, open(path, "xb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            written.add(name)

            # `-lopenvino` looks for an unversioned name, which the wheel does not have.
            if match := re.fullmatch(r"lib/(libopenvino(?:_c)?\.so)\.\d+", name):
                (folder / "lib" / match.group(1)).symlink_to(path.name)
                written.add("lib/" + match.group(1))

    if not any(re.fullmatch(r"lib/libopenvino_(intel|arm)_cpu_plugin\.so", name) for name in written):
        sys.exit(f"unpack_openvino.py: {wheel_path} has no CPU plugin")
    if missing := EXPECTED - written:
        sys.exit(f"unpack_openvino.py: {wheel_path} has no {', '.join(sorted(missing))}")
    (folder / "VERSION").write_text(pathlib.Path(wheel_path).name.split("-")[1] + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: unpack_openvino.py WHEEL FOLDER")
    unpack(sys.argv[1], pathlib.Path(sys.argv[2]))
