#!/usr/bin/env python3
"""Makes Tests/ImagesTests/Golden/{pictures,resampling}.json: tiny files of every format, and what Pillow makes of them.

Pillow decodes (by libjpeg-turbo, libpng, libwebp, libtiff, libavif, and libheif through pillow-heif), converts by ICC
profile (Little CMS) and resamples; none of Regraft's code takes part. To run it again:

    python3 -m venv /tmp/golden
    /tmp/golden/bin/pip install pillow==13.0.0 pillow-heif numpy
    /tmp/golden/bin/python scripts/golden_images.py

It also needs the system's libturbojpeg.so.0, because Pillow cannot write YCCK JPEG files.
"""

import base64
import ctypes
import io
import json
import math
import pathlib
import struct
import zlib

import numpy
import pillow_heif
from PIL import Image, ImageCms, ImageOps

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Tests" / "ImagesTests" / "Golden"
PADDING = 127
pillow_heif.register_heif_opener()


def textured(width, height):
    """The same formula as MadePicture.textured in Tests/TestSupport: [height, width, 3], 32 … 223."""
    y, x, c = numpy.indices((height, width, 3))
    return (32 + (7 * x + 13 * y + 29 * c + 5 * ((x * y) % 11)) % 192).astype(numpy.uint8)


def smooth(width, height):
    """No symmetry, nothing that JPEG's 8 × 8 blocks or halved chroma would change by more than a level or two."""
    y, x = numpy.indices((height, width)).astype(float)
    u, v = x / max(width - 1, 1), y / max(height - 1, 1)
    red = 40 + 170 * u
    green = 220 - 150 * v
    blue = 60 + 60 * u + 90 * v * v
    return numpy.stack([red, green, blue], 2).round().astype(numpy.uint8)


def box_of(width, height, target, fit, crop_fraction):
    """The part of a picture that is used, and the size it gets: as FitMode's documentation says."""
    if fit == "squash":
        return (0, 0, width, height), target
    if fit == "crop":
        unit = min(width / target[0], height / target[1]) * crop_fraction
        w, h = unit * target[0], unit * target[1]
        return ((width - w) / 2, (height - h) / 2, (width + w) / 2, (height + h) / 2), target
    unit = max(width / target[0], height / target[1])
    # The same margin on both sides, to the nearest pixel.
    margins = [math.floor((t - size / unit) / 2 + 0.5) for t, size in zip(target, (width, height))]
    return (0, 0, width, height), tuple(t - 2 * m for t, m in zip(target, margins))


def fitted(image, target, fit, crop_fraction, scale=1):
    """Pillow's resize, in floating point so that nothing is cut off between its two passes. `scale`: what the picture
    was decoded smaller by."""
    bands = image.split()
    box, inner = box_of(image.width * scale, image.height * scale, target, fit, crop_fraction)
    box = tuple(edge / scale for edge in box)
    planes = [
        numpy.asarray(band.convert("F").resize(inner, Image.Resampling.BICUBIC, box=box)).round().clip(0, 255)
        for band in bands
    ]
    result = numpy.full((target[1], target[0], len(bands)), PADDING, numpy.uint8)
    left, top = (target[0] - inner[0]) // 2, (target[1] - inner[1]) // 2
    result[top : top + inner[1], left : left + inner[0]] = numpy.stack(planes, 2)
    return result


def golden(pixels, target, fit, crop_fraction=1.0):
    text = base64.b64encode(pixels.tobytes()).decode()
    return {"width": target[0], "height": target[1], "fit": fit, "cropFraction": crop_fraction, "pixels": text}


FITS = [((12, 8), "squash", 1.0), ((8, 8), "crop", 0.875), ((10, 10), "pad", 1.0), ((7, 11), "crop", 1.0)]


def picture(name, file, upright, tolerance=2, fits=FITS):
    goldens = [golden(fitted(upright, *fit), *fit) for fit in fits]
    return {
        "name": name, "file": base64.b64encode(file).decode(), "tolerance": tolerance, "goldens": goldens,
        "width": upright.width, "height": upright.height,
    }


def saved(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def opened(file):
    return Image.open(io.BytesIO(file))


def over_white(image):
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def rgb(array):
    return Image.fromarray(array, "RGB")


def matrix_profile(name, gamma, red, green, blue):
    """A minimal ICC version 2 display profile: three primaries (XYZ, adapted to D50) and a gamma."""
    def xyz(values):
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    text = name.encode() + b"\0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + b"\0" * (8 + 3 + 67)
    description += b"\0" * (-len(description) % 4)
    tags = [
        (b"desc", description), (b"wtpt", xyz((0.9642, 1.0, 0.8249))), (b"rXYZ", xyz(red)), (b"gXYZ", xyz(green)),
        (b"bXYZ", xyz(blue)), (b"rTRC", curve), (b"gTRC", curve), (b"bTRC", curve),
    ]
    offset = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for signature, content in tags:
        table += signature + struct.pack(">II", offset + len(data), len(content))
        data += content
    header = struct.pack(">I", offset + len(data)) + b"\0\0\0\0" + b"\x02\x40\0\0" + b"mntrRGB XYZ "
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    header += struct.pack(">3i", *(round(v * 65536) for v in (0.9642, 1.0, 0.8249)))
    return header + b"\0" * (128 - len(header)) + table + data


# Primaries as Adobe RGB (1998) annex B and the colorants of Display P3 give them; a plain gamma for both.
ADOBE_RGB = matrix_profile(
    "Wide gamut A", 2.19921875, (0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
DISPLAY_P3 = matrix_profile(
    "Wide gamut P", 2.2, (0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407))


def to_srgb(image, profile):
    return ImageCms.profileToProfile(
        image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB")


def ycck(cmyk):
    """A YCCK JPEG with Adobe's marker, written by TurboJPEG, from ink values stored inverted as Adobe does."""
    library = ctypes.CDLL("libturbojpeg.so.0")
    library.tjInitCompress.restype = ctypes.c_void_p
    pixels = (255 - cmyk).tobytes()
    buffer, size = ctypes.POINTER(ctypes.c_ubyte)(), ctypes.c_ulong()
    status = library.tjCompress2(
        ctypes.c_void_p(library.tjInitCompress()), pixels, cmyk.shape[1], 0, cmyk.shape[0], 11,
        ctypes.byref(buffer), ctypes.byref(size), 0, 95, 0)
    assert status == 0
    return ctypes.string_at(buffer, size.value)


def png16(array):
    """An RGB PNG with 16 bits a channel, which Pillow reads but does not write."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    wide = array.astype(">u2") * 257
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in wide)
    header = struct.pack(">2I5B", array.shape[1], array.shape[0], 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def stored(upright, orientation):
    """What a camera would store for an upright picture: the inverse of what ImageOps.exif_transpose does."""
    inverse = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    return upright.transpose(inverse[orientation]) if orientation in inverse else upright


def exif(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


def pictures():
    plain = rgb(smooth(15, 11))
    file = saved(plain, "JPEG", quality=92)
    yield picture("JPEG", file, opened(file).convert("RGB"))
    file = saved(plain.convert("L"), "JPEG", quality=92)
    yield picture("JPEG grey", file, opened(file).convert("RGB"))
    file = saved(plain, "JPEG", quality=92, progressive=True)
    yield picture("JPEG progressive", file, opened(file).convert("RGB"))

    # Four inks: resampled as inks, then converted, as Regraft does.
    y, x = numpy.indices((11, 15)).astype(float)
    inks = numpy.stack([10 + 14 * x, 200 - 15 * y, 20 + 8 * x + 6 * y, 4 * x + 5 * y], 2).round().astype(numpy.uint8)
    for name, file in [
        ("JPEG CMYK", saved(Image.fromarray(inks, "CMYK"), "JPEG", quality=95)), ("JPEG YCCK", ycck(inks)),
    ]:
        image = opened(file)
        assert image.mode == "CMYK" and image.info["adobe_transform"] == (2 if "YCCK" in name else 0)
        case = picture(name, file, image.convert("RGB"), fits=[])
        for fit in FITS:
            if fit[1] == "pad":
                continue
            converted = Image.fromarray(fitted(image, *fit), "CMYK").convert("RGB")
            case["goldens"].append(golden(numpy.asarray(converted), *fit))
        yield case

    # Large enough for decoding at 1/2, 1/4 and 1/8, which Pillow's draft mode does too.
    large = rgb(smooth(160, 120))
    file = saved(large, "JPEG", quality=85)
    case = picture("JPEG shrunk on load", file, large, fits=[])
    for denominator, target in [(2, (64, 48)), (4, (32, 24)), (8, (16, 12))]:
        image = opened(file)
        image.draft("RGB", (160 // denominator, 120 // denominator))
        assert image.size == (160 // denominator, 120 // denominator)
        for fit, crop_fraction in [("squash", 1.0), ("crop", 1.0)]:
            pixels = fitted(image.convert("RGB"), target, fit, crop_fraction, scale=denominator)
            case["goldens"].append(golden(pixels, target, fit, crop_fraction))
    yield case

    upright = rgb(smooth(37, 23))
    for orientation in range(1, 9):
        file = saved(stored(upright, orientation), "JPEG", quality=99, subsampling=0, exif=exif(orientation))
        turned = ImageOps.exif_transpose(opened(file)).convert("RGB")
        assert numpy.abs(numpy.asarray(turned).astype(int) - numpy.asarray(upright)).max() <= 3
        # Of the picture itself and not of this file: all eight have the same goldens.
        yield picture(f"JPEG orientation {orientation}", file, upright, tolerance=4)

    for name, profile in [("Adobe RGB", ADOBE_RGB), ("Display P3", DISPLAY_P3)]:
        file = saved(plain, "JPEG", quality=95, subsampling=0, icc_profile=profile)
        # Resampled, then converted, as Regraft does with JPEG files.
        case = picture(f"JPEG {name}", file, plain, tolerance=3, fits=[])
        for fit in FITS:
            if fit[1] != "pad":
                converted = to_srgb(rgb(fitted(opened(file).convert("RGB"), *fit)), profile)
                case["goldens"].append(golden(numpy.asarray(converted), *fit))
        yield case
        file = saved(plain, "PNG", icc_profile=profile)
        yield picture(f"PNG {name}", file, to_srgb(plain, profile), tolerance=3)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    file = saved(plain, "JPEG", quality=95, subsampling=0, icc_profile=profile)
    yield picture("JPEG sRGB profile", file, opened(file).convert("RGB"))
    for name, profile in [("broken", b"this is no ICC profile at all" * 5), ("cut off", ADOBE_RGB[:150])]:
        file = saved(plain, "JPEG", quality=95, subsampling=0, icc_profile=profile)
        yield picture(f"JPEG {name} profile", file, opened(file).convert("RGB"))
    file = saved(plain, "JPEG", quality=95, subsampling=0, exif=b"Exif\0\0II\x2a\0\xff\xff\xff\x7f\x01\0broken")
    yield picture("JPEG broken EXIF", file, opened(file).convert("RGB"))

    texture = rgb(textured(15, 11))
    alpha = numpy.indices((11, 15))[1] * 17
    transparent = Image.fromarray(numpy.dstack([textured(15, 11), alpha.astype(numpy.uint8)]), "RGBA")
    file = saved(texture, "PNG")
    yield picture("PNG", file, texture)
    file = saved(transparent, "PNG")
    yield picture("PNG alpha", file, over_white(transparent))
    file = png16(textured(15, 11))
    yield picture("PNG 16-bit", file, texture)
    grey = Image.merge("LA", (texture.convert("L"), transparent.getchannel("A")))
    file = saved(grey, "PNG")
    yield picture("PNG grey and alpha", file, over_white(grey))
    palette = Image.fromarray((numpy.indices((11, 15)).sum(0) % 4).astype(numpy.uint8), "P")
    palette.putpalette([200, 30, 30, 30, 200, 30, 30, 30, 200, 90, 90, 90])
    file = saved(palette, "PNG", transparency=b"\xff\x80\x00\xff")
    yield picture("PNG palette", file, over_white(opened(file)))
    file = saved(texture.convert("L"), "PNG")
    yield picture("PNG grey", file, texture.convert("L").convert("RGB"))

    file = saved(transparent, "WEBP", lossless=True, exact=True)
    yield picture("WebP lossless", file, over_white(transparent))
    file = saved(plain, "WEBP", quality=90)
    yield picture("WebP lossy", file, opened(file).convert("RGB"), tolerance=4)
    second = Image.new("P", (15, 11), 1)
    second.putpalette([0, 0, 0, 255, 0, 255])
    opaque = Image.fromarray((numpy.indices((11, 15)).sum(0) % 4).astype(numpy.uint8), "P")
    opaque.putpalette([200, 30, 30, 30, 200, 30, 30, 30, 200, 90, 90, 90])
    file = saved(opaque, "GIF", save_all=True, append_images=[second], duration=100)
    assert opened(file).n_frames == 2
    yield picture("GIF of two frames", file, opened(file).convert("RGB"))
    file = saved(texture, "TIFF", compression="tiff_lzw")
    yield picture("TIFF", file, texture)
    file = saved(plain, "AVIF", quality=95, subsampling="4:4:4")
    yield picture("AVIF", file, opened(file).convert("RGB"), tolerance=4)
    file = saved(rgb(smooth(64, 64)), "HEIF", quality=95, chroma=444)
    yield picture("HEIF", file, opened(file).convert("RGB"), tolerance=4)


def resampling():
    cases = [
        ("larger", 9, 7, (24, 20)), ("1.4 times smaller", 28, 21, (20, 15)), ("7 times smaller", 98, 77, (14, 11)),
        ("not square", 61, 20, (9, 30)), ("a column", 1, 40, (6, 5)), ("a row", 40, 1, (5, 6)),
        ("one pixel", 1, 1, (4, 3)), ("the same size", 12, 9, (12, 9)),
    ]
    for name, width, height, target in cases:
        image = rgb(textured(width, height))
        goldens = [
            golden(fitted(image, target, *fit), target, *fit)
            for fit in [("squash", 1.0), ("crop", 0.875), ("pad", 1.0)]
            # A column or row leaves less than half a pixel to the padded picture.
            if not (fit[0] == "pad" and 1 in (width, height))
        ]
        yield {"name": name, "width": width, "height": height, "goldens": goldens}


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in [("pictures", list(pictures())), ("resampling", list(resampling()))]:
        (FOLDER / f"{name}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
