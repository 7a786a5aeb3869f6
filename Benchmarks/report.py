"""What is printed: tables as Markdown, and a line for each thing that must hold."""
FAILURES = []


def say(text=""):
    print(text, flush=True)


def table(header, rows):
    say()
    say("| " + " | ".join(header) + " |")
    say("| " + " | ".join("---" for _ in header) + " |")
    for row in rows:
        say("| " + " | ".join(row) + " |")


def require(holds, text):
    """Says whether something holds. Comparisons with a number that is missing (NaN) are false, so that it does not."""
    say(f"{'holds' if holds else 'FAILS'}: {text}")
    if not holds:
        FAILURES.append(text)


def finish():
    """The exit code."""
    say(f"\n{len(FAILURES)} of what must hold: FAILED." if FAILURES else "\nAll of what was run holds.")
    return 1 if FAILURES else 0


def percent(value, digits=2):
    return f"{100 * value:.{digits}f} %"


def points(mean, error):
    return f"{100 * mean:+.2f} ± {100 * error:.2f}"
