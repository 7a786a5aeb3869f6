"""Wrong labels, planted and looked for where Regraft's analysis of a dataset puts them."""
import re

from report import percent, require, say

ROUNDS = 5


def measure(regraft, material, options):
    text = regraft.run("analysis", options.pets, "--share", "5", "--rounds", str(ROUNDS), *regraft.cache)
    for line in text.splitlines():
        say(line)
    say()
    mean = float(re.search(r"first 10 %: ([0-9.]+) %", text)[1]) / 100
    require(mean >= 0.8, f"wrong labels among the first 10 % of the list are at least 80 % ({percent(mean)})")
