#!/usr/bin/env python3
"""Writes Sources/TandemText/Normalization/CanonicalDecompositions.swift.

The decompositions are asked of the normaliser inside the `tokenizers` package, scalar by scalar. So is which marks it
knows, because it knows an older Unicode than others; their classes are Python's, which never change once given.

    python3 Tools/make_canonical_decompositions.py
"""
import pathlib
import textwrap
import unicodedata

import tokenizers
from tokenizers import normalizers

NFC, NFD = normalizers.NFC().normalize_str, normalizers.NFD().normalize_str
HANGUL = range(0xAC00, 0xD7A4)


def mark_runs() -> list[int]:
    """The marks in groups of three: the distance from the end of the run before, its length, its combining class."""
    numbers, end, start, kind = [], 0, 0, 0
    for value in [*range(0x300, 0xD800), *range(0xE000, 0x110000)]:
        character = chr(value)
        found = unicodedata.combining(character)
        # Known marks change places with one of the lowest class before them or of the highest after them.
        if found and NFD("a" + character + "\u0334")[1] == character and NFD("a\u0345" + character)[2] == character:
            found = 0
        if found != kind:
            if kind:
                numbers += [start - end, value - start, kind]
                end = value
            start, kind = value, found
    return numbers


def literal(numbers: list[int]) -> str:
    body = textwrap.fill(", ".join(map(str, numbers)), 110, initial_indent=" " * 8, subsequent_indent=" " * 8)
    return f"[UInt32] = [\n{body},\n    ]\n"


def main() -> None:
    full = {}
    for value in range(0xC0, 0x110000):
        if not 0xD800 <= value <= 0xDFFF and value not in HANGUL and NFD(chr(value)) != chr(value):
            full[value] = NFD(chr(value))
    whole = {decomposed: chr(value) for value, decomposed in reversed(full.items())}
    numbers, previous = [], 0
    for value, decomposed in full.items():
        first, second = decomposed[:-1], decomposed[-1]
        if not first:
            parts = [ord(second), 0, 0]
        else:
            first = first if len(first) == 1 else whole[first]
            parts = [ord(first), ord(second), int(NFC(first + second) == chr(value))]
        numbers += [value - previous, *parts]
        previous = value
    path = pathlib.Path(__file__).resolve().parent.parent / "Sources/TandemText/Normalization/CanonicalDecompositions.swift"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f"// Written by Tools/{pathlib.Path(__file__).name} from tokenizers {tokenizers.__version__}; do not edit.\n\n"
        "/// The characters that decompose, but for Hangul syllables, and the marks that may change places.\n"
        "enum CanonicalDecompositions {\n"
        "    /// In groups of four: the distance from the character before, its two parts (the second 0 if there is but\n"
        "    /// one), and 1 if the parts compose to it again.\n"
        f"    static let groups: {literal(numbers)}\n"
        "    /// The marks, in groups of three: the distance from the end of the run before, the length of the run, and its\n"
        "    /// combining class.\n"
        f"    static let marks: {literal(mark_runs())}}}\n"
    )
    print(len(numbers) // 4, "decompositions")


main()
