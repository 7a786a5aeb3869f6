"""Thousands of photos, made of some hundred."""
import io
import random
import struct
import zlib

try:
    from PIL import Image, ImageOps
except ImportError:
    Image = None


def make_many(originals, count):
    """Other views of the photos there are: about as hard to tell apart as that many photos, and none like another."""
    chance = random.Random(0)
    read = {}
    photos = []
    for number in range(count):
        label, name, data = originals[number % len(originals)]
        if data not in read:
            read[data] = (Picture if Image else PNG)(data)
        picture = read[data]
        width, height = (max(1, int(side * chance.uniform(0.5, 0.9))) for side in picture.size)
        left, top = (chance.randint(0, whole - part) for whole, part in zip(picture.size, (width, height)))
        photos.append((label, f"{number}-{name}", picture.crop(left, top, width, height, chance.random() < 0.5)))
    return photos


class Picture:
    """By Pillow."""

    def __init__(self, data):
        self.picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
        self.size = self.picture.size

    def crop(self, left, top, width, height, is_mirrored):
        picture = self.picture.crop((left, top, left + width, top + height))
        out = io.BytesIO()
        (ImageOps.mirror(picture) if is_mirrored else picture).save(out, "JPEG", quality=90)
        return out.getvalue()


class PNG:
    """By hand: 8 bits a channel, not interlaced."""

    def __init__(self, data):
        if data[:8] != b"\x89PNG\r\n\x1a\n":
            raise SystemExit("operations: error: to make many photos of others than PNGs takes Pillow: pip install pillow")
        compressed, self.palette, position = b"", [], 8
        while position < len(data):
            length, kind = struct.unpack(">I4s", data[position:position + 8])
            content = data[position + 8:position + 8 + length]
            position += 12 + length
            if kind == b"IHDR":
                width, height, depth, self.kind, _, _, interlaced = struct.unpack(">IIBBBBB", content)
                if depth != 8 or interlaced:
                    raise SystemExit("operations: error: to make many photos of such PNGs takes Pillow: pip install pillow")
            elif kind in (b"PLTE", b"tRNS"):
                self.palette.append((kind, content))
            elif kind == b"IDAT":
                compressed += content
            elif kind == b"IEND":
                break
        self.size = (width, height)
        self.channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[self.kind]
        self.rows = self.unfilter(zlib.decompress(compressed), width * self.channels, height)

    def unfilter(self, raw, stride, height):
        rows, above, step = [], bytearray(stride), self.channels
        for number in range(height):
            start = number * (stride + 1)
            kind, row = raw[start], bytearray(raw[start + 1:start + 1 + stride])
            for index in range(stride if kind else 0):
                left = row[index - step] if index >= step else 0
                up = above[index]
                if kind == 1:
                    guess = left
                elif kind == 2:
                    guess = up
                elif kind == 3:
                    guess = (left + up) // 2
                else:
                    corner = above[index - step] if index >= step else 0
                    a, b, c = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
                    guess = left if a <= b and a <= c else up if b <= c else corner
                row[index] = (row[index] + guess) & 255
            rows.append(row)
            above = row
        return rows

    def crop(self, left, top, width, height, is_mirrored):
        step = self.channels
        raw = bytearray()
        for row in self.rows[top:top + height]:
            part = row[left * step:(left + width) * step]
            if is_mirrored:
                mirrored = bytearray(len(part))
                for channel in range(step):
                    mirrored[channel::step] = part[channel::step][::-1]
                part = mirrored
            raw.append(0)
            raw += part

        def chunk(kind, content):
            return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

        header = struct.pack(">IIBBBBB", width, height, 8, self.kind, 0, 0, 0)
        return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunk(*part) for part in self.palette)
                + chunk(b"IDAT", zlib.compress(bytes(raw), 1)) + chunk(b"IEND", b""))
