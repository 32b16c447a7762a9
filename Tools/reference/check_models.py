"""Compares the golden models' logits with llama.cpp's: two programs that share nothing must agree.

    python Tools/reference/check_models.py            with an interpreter that has llama_cpp
"""

import json
import os
import sys

import numpy as np

from comparison import Comparison
from engines import LlamaEngine
from make_fixtures import FOLDER

# llama.cpp keeps keys and values in half precision and multiplies 4- to 8-bit weights with activations of 8 bits:
# what is left of a wrong rotation, scale or norm is a hundred times more.
LARGEST_MEAN_DIVERGENCE = 0.01


def _stored(numbers):
    return np.fromfile(os.path.join(FOLDER, numbers["file"]), "<f4").reshape(numbers["shape"])


def main():
    with open(os.path.join(FOLDER, "MANIFEST.json"), encoding="utf-8") as file:
        models = json.load(file)["models"]
    failed = False
    for model in models:
        engine = LlamaEngine(sys.executable, os.path.join(FOLDER, model["file"]), len(model["long"]["tokens"]), 1)
        comparison, long = Comparison(), Comparison()
        comparison.add(model["tokens"], _stored(model["logits"]), engine.logits(model["tokens"]))
        tokens = model["long"]["tokens"]
        long.add(tokens[-1:], _stored(model["long"]["logits"]), engine.logits(tokens)[-1:])
        engine.close()
        divergence, far = (each.summary()["mean_divergence"] for each in (comparison, long))
        good = max(divergence, far) < LARGEST_MEAN_DIVERGENCE
        failed |= not good
        print(f"{model['name']:16} mean KL {divergence:.2e}, at position {len(tokens) - 1} {far:.2e}  "
              f"{'good' if good else 'WRONG'}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
