#!/usr/bin/env python3
"""Writes Sources/TandemText/Words/CharacterClassRanges.swift.

The character classes are asked of the regular-expression engine inside the `tokenizers` package, one scalar at a
time, so that our scanners see the letters, numbers and white space that it sees, whatever Unicode version the
operating system has.

    python3 Tools/make_character_classes.py
"""
import pathlib
import textwrap

import tokenizers
from tokenizers import Regex, pre_tokenizers

SCALARS = [value for value in range(0x110000) if not 0xD800 <= value <= 0xDFFF]


def members(pattern: str) -> list[int]:
    """All scalars that the pattern matches."""
    splitter = pre_tokenizers.Split(Regex(pattern), "removed")
    found = []
    for start in range(0, len(SCALARS), 4096):
        chunk = SCALARS[start : start + 4096]
        kept = set()
        for _, (low, high) in splitter.pre_tokenize_str("".join(map(chr, chunk))):
            kept.update(range(low, high))
        found += [scalar for index, scalar in enumerate(chunk) if index not in kept]
    return found


def runs(scalars: list[int]) -> list[int]:
    """Distance from the end of the last run, length of the run, and so on."""
    numbers, end, start = [], 0, None
    previous = None
    for scalar in scalars + [0x200000]:
        if previous is None or scalar != previous + 1:
            if start is not None:
                numbers += [start - end, previous + 1 - start]
                end = previous + 1
            start = scalar
        previous = scalar
    return numbers


def literal(name: str, comment: str, pattern: str) -> str:
    numbers = ", ".join(map(str, runs(members(pattern))))
    body = textwrap.fill(numbers, 110, initial_indent=" " * 8, subsequent_indent=" " * 8)
    return f"    /// {comment}\n    static let {name}: [UInt32] = [\n{body},\n    ]\n"


def main() -> None:
    text = (
        f"// Written by Tools/make_character_classes.py from tokenizers {tokenizers.__version__}; do not edit.\n\n"
        "/// Runs of Unicode scalars, as pairs: the distance from the end of the run before, and the length of the run.\n"
        "enum CharacterClassRanges {\n"
        + literal("letters", r"`\p{L}`", r"\p{L}")
        + "\n"
        + literal("numbers", r"`\p{N}`", r"\p{N}")
        + "\n"
        + literal("whitespace", r"`\s`", r"\s")
        + "}\n"
    )
    root = pathlib.Path(__file__).resolve().parent.parent
    (root / "Sources/TandemText/Words/CharacterClassRanges.swift").write_text(text)


main()
