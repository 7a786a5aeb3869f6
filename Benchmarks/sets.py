"""The photos that are measured on."""
import os
import random

from PIL import Image

from report import say


class Sets:
    """Each set as (bottlenecks, classes, labels), made when it is first asked for."""

    def __init__(self, regraft, options, folder):
        self.regraft, self.options, self.folder = regraft, options, folder
        self.known, self.told = {}, {}

    def get(self, name):
        if name not in self.known:
            say(f"Reading {name} …")
            photos = {"pets": lambda: self.options.pets, "samples": lambda: self.options.samples,
                      "digits": lambda: render_digits(os.path.join(self.folder, "digits"))}[name]()
            self.known[name] = self.regraft.features(photos)
        return self.known[name]

    def probabilities(self, name, recipe, folds):
        """What heads of a recipe say of a set's photos that they were not fitted on, computed once for the same folds."""
        features, classes, _ = self.get(name)
        key = (name, recipe, folds.tobytes())
        if key not in self.told:
            self.told[key] = self.regraft.heads(recipe, features, classes, folds)
        return self.told[key]


def render_digits(folder):
    """scikit-learn's digits as 224 x 224 pictures, white on black: real scans of 8 x 8 points of 17 greys, enlarged."""
    from sklearn.datasets import load_digits
    digits = load_digits()
    for number, (scan, digit) in enumerate(zip(digits.images, digits.target)):
        os.makedirs(os.path.join(folder, str(digit)), exist_ok=True)
        picture = Image.fromarray((scan * 255 / 16).round().astype("uint8")).resize((224, 224), Image.Resampling.BICUBIC)
        picture.convert("RGB").save(os.path.join(folder, str(digit), f"{number:04}.png"), compress_level=1)
    return folder


def compose(samples, folder, count, class_count):
    """Pictures of cut-out sample photographs, each turned, scaled and put somewhere on a plain ground of its own."""
    chance = random.Random(0)
    for label in sorted(os.listdir(samples))[:class_count]:
        source = os.path.join(samples, label)
        cut_outs = [Image.open(os.path.join(source, name)).convert("RGBA") for name in sorted(os.listdir(source))]
        for cut_out in cut_outs:
            cut_out.thumbnail((224, 224))
        os.makedirs(os.path.join(folder, label))
        for number in range(count // class_count):
            side = chance.randint(130, 224)
            piece = chance.choice(cut_outs).rotate(chance.uniform(-30, 30), Image.Resampling.BILINEAR, expand=True)
            piece.thumbnail((side, side))
            picture = Image.new("RGB", (224, 224), tuple(chance.randint(0, 255) for _ in range(3)))
            place = (chance.randint(0, 224 - piece.width), chance.randint(0, 224 - piece.height))
            picture.paste(piece, place, piece)
            picture.save(os.path.join(folder, label, f"{number}.jpg"), quality=90)
    return folder


def vary_digits(folder, count, class_count):
    """Scans of the first digits, each some times, turned, scaled and shifted: real hand-writing, and about as hard to tell apart."""
    from sklearn.datasets import load_digits
    digits = load_digits()
    chance = random.Random(0)
    scans = [(scan, digit) for scan, digit in zip(digits.images, digits.target) if digit < class_count]
    for number in range(count):
        scan, digit = scans[number % len(scans)]
        picture = Image.fromarray((scan * 255 / 16).round().astype("uint8"))
        side = chance.randint(150, 224)
        picture = picture.resize((side, side), Image.Resampling.BICUBIC)
        picture = picture.rotate(chance.uniform(-15, 15), Image.Resampling.BILINEAR)
        ground = Image.new("L", (224, 224))
        ground.paste(picture, (chance.randint(0, 224 - side), chance.randint(0, 224 - side)))
        os.makedirs(os.path.join(folder, str(digit)), exist_ok=True)
        ground.convert("RGB").save(os.path.join(folder, str(digit), f"{number:05}.png"), compress_level=1)
    return folder
