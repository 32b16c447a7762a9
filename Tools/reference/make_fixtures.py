"""Writes the golden models of Tests/Fixtures: tiny checkpoints with what the reference computes from them.

    python Tools/reference/make_fixtures.py            writes them
    python Tools/reference/make_fixtures.py --check    makes them again elsewhere and compares

MANIFEST.json describes every file. The figures are computed in float64 from the decoded weights and rounded to float32
once, so the difference that an engine shows is the engine's own. Needs `numpy` and `tokenizers`.
"""

import argparse
import hashlib
import json
import os
import re
import sys
import tempfile

import numpy as np
import tokenizers

import tiny_files
import tiny_models
import tiny_tokenizer
from formats import FORMATS, decode
from quantise import encode
from transformer import Transformer, greedy

FOLDER = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Tests", "Fixtures"))
TEXT = "The small model and words: é, 123.\nIt's is"
GREEDY_COUNT = 12
TOLERANCE = 1e-5  # of another machine's float64 sums, rounded to float32: logits stay below 64, where a float32 step is 4e-6

_ABOUT = {
    "numbers": "raw little-endian float32, rows outermost",
    "logits": "[tokens, vocabulary]: the reference's logits for every position of `tokens`",
    "stream": "[layers + 1, tokens, width]: entry i is the residual stream that layer i reads; the last is what the "
              "final norm reads",
    "long": "a context filled to its end, and the logits of its last position",
    "greedy": "the ids that follow `tokens` greedily; no choice was closer than `greedy_lead` (a difference of logits)",
    "formats": "`blocks` holds encoded rows, `values` what they decode to, with every product and sum rounded to "
               "float32 by itself (no fused operations)",
    "generator": "Tools/reference/make_fixtures.py",
}


def _digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def _write_numbers(folder, name, values):
    values.astype("<f4").tofile(os.path.join(folder, name))
    return {"file": name, "shape": list(values.shape)}


def _make_model(folder, recipe):
    file = f"{recipe.name}.gguf"
    tiny_files.write_model(os.path.join(folder, file), recipe)
    document = json.dumps(tiny_tokenizer.tokenizer_json(recipe.pre_tokenizer))
    tokens = tokenizers.Tokenizer.from_str(document).encode(TEXT).ids
    transformer = Transformer(os.path.join(folder, file), np.float64)
    logits, stream = transformer.forward(tokens)
    last = transformer.forward(tiny_models.long_tokens(recipe))[0][-1:]
    following, lead = greedy(transformer, tokens, GREEDY_COUNT)
    entry = {
        "name": recipe.name, "architecture": recipe.architecture, "file": file,
        "sha256": _digest(os.path.join(folder, file)), "text": TEXT, "tokens": tokens, "greedy": following,
        "greedy_lead": round(lead, 4),
        "logits": _write_numbers(folder, f"{recipe.name}.logits.f32", logits),
        "stream": _write_numbers(folder, f"{recipe.name}.stream.f32", np.stack(stream)),
        "long": {
            "tokens": tiny_models.long_tokens(recipe),
            "logits": _write_numbers(folder, f"{recipe.name}.long.f32", last),
        },
    }
    if recipe.has_directory_twin:
        entry["directory"] = f"{recipe.name}-hf"
        path = os.path.join(folder, entry["directory"])
        tiny_files.write_directory(path, recipe)
        twin, _ = Transformer(path, np.float64).forward(tokens)
        assert np.abs(twin - logits).max() < TOLERANCE, "the twin is another model"
    return entry


def _make_format(folder, name):
    """Four rows of 512 numbers: two encoded from noise, two of random bytes with tame scales."""
    _, numbers, size = FORMATS[name]
    random = np.random.Generator(np.random.PCG64(5))
    noise = (random.integers(-(2**20), 2**20, size=(2, 512)) / 2**19).astype(np.float32)
    blocks = np.frombuffer(encode(name, noise), dtype=np.uint8).reshape(-1, size)
    if name.startswith("Q"):
        wild = random.integers(0, 256, size=blocks.shape, dtype=np.uint8)
        # The half-precision scales come from the encoded rows, so that no value is infinite.
        scale_place = {"Q6_K": [208, 209], "Q8_0": [0, 1], "Q4_0": [0, 1], "Q5_0": [0, 1]}.get(name, [0, 1, 2, 3])
        wild[:, scale_place] = blocks[:, scale_place]
        blocks = np.concatenate([blocks, wild])
    data = blocks.tobytes()
    rows = len(data) // (512 // numbers * size)
    with open(os.path.join(folder, f"{name}.blocks"), "wb") as file:
        file.write(data)
    values = _write_numbers(folder, f"{name}.f32", decode(name, data, (rows, 512)))
    return {"format": name, "blocks": f"formats/{name}.blocks", "values": values | {"file": f"formats/{values['file']}"}}


def make(folder):
    """Writes everything into a folder."""
    os.makedirs(os.path.join(folder, "formats"), exist_ok=True)
    models = [_make_model(folder, recipe) for recipe in tiny_models.RECIPES]
    formats = [_make_format(os.path.join(folder, "formats"), name) for name in FORMATS]
    text = json.dumps({"about": _ABOUT, "models": models, "formats": formats}, ensure_ascii=False, indent=1)
    text = re.sub(r"\[[\d\s,]+\]", lambda numbers: "[" + ", ".join(re.findall(r"\d+", numbers[0])) + "]", text)
    with open(os.path.join(folder, "MANIFEST.json"), "w", encoding="utf-8", newline="\n") as file:
        file.write(text + "\n")


def _files(folder):
    return sorted(os.path.relpath(os.path.join(root, name), folder) for root, _, names in os.walk(folder) for name in names)


def check(folder):
    """The differences between a folder and what the recipes give now, as sentences."""
    problems = []
    with tempfile.TemporaryDirectory() as fresh:
        make(fresh)
        # Pages and the prompts are written by hand.
        stored = [name for name in _files(folder) if not name.startswith((".git", "prompts/")) and not name.endswith(".md")]
        for name in sorted(set(_files(fresh)) ^ set(stored)):
            problems.append(f"{name} is in one of the two only")
        for name in sorted(set(_files(fresh)) & set(stored)):
            old, new = os.path.join(folder, name), os.path.join(fresh, name)
            if name.endswith((".logits.f32", ".stream.f32", ".long.f32")):
                distance = np.abs(np.fromfile(old, "<f4") - np.fromfile(new, "<f4")).max()
                if not distance < TOLERANCE:
                    problems.append(f"{name} differs by {distance}")
            elif _digest(old) != _digest(new):
                problems.append(f"{name} differs")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--folder", default=FOLDER)
    options = parser.parse_args()
    if options.check:
        problems = check(options.folder)
        print("\n".join(problems) or "The fixtures are what the recipes give.")
        sys.exit(bool(problems))
    make(options.folder)
    total = sum(os.path.getsize(os.path.join(options.folder, name)) for name in _files(options.folder))
    print(f"{len(_files(options.folder))} files, {total / 1e6:.2f} MB in {options.folder}")


if __name__ == "__main__":
    main()
