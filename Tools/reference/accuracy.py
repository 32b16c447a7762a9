"""How faithfully engines compute a model: each against a float32 reference of the same (decoded) weights.

    python Tools/reference/accuracy.py model.gguf text.txt.gz --llama python --tandem .build/release/tandem

The text's first tokens are read in windows with a fresh context each. For every position: KL(reference ‖ engine),
whether both would choose the same token, and the log-probability of the token that follows. The divergence is over the
whole vocabulary; nothing is truncated. `--llama` names a Python interpreter with llama_cpp (`Benchmarks/peers/setup.sh`
makes one), `--tandem` our program; either may be left out.

The reference takes minutes for a model of 135 million weights. `--cache FOLDER` keeps its logits (4 bytes for every
position and vocabulary entry: 2 GB for 10,000 tokens of SmolLM2) for the next run with the same arguments.
"""

import argparse
import gzip
import hashlib
import json
import os
import sys
import time

import numpy as np

from comparison import Comparison
from engines import EngineError, LlamaEngine, TandemEngine
from gguf_file import GGUFFile
from tiny_tokenizer import tokenizer_json
from transformer import Transformer


def read_tokens(model, text_path, count):
    """The first ids of a text: a JSON list of ids, or text (perhaps compressed) for a GGUF file's byte-level BPE."""
    opener = gzip.open if text_path.endswith(".gz") else open
    with opener(text_path, "rt", encoding="utf-8") as file:
        if text_path.endswith(".json"):
            return json.load(file)[:count]
        # No token is more than a few dozen characters; ten for each are plenty, and ending mid-word does no harm.
        text = file.read(count * 10)
    import tokenizers
    metadata = GGUFFile(model).metadata
    kinds = metadata["tokenizer.ggml.token_type"]
    # Texts hold no control tokens, so only the vocabulary, the merges and the way of cutting matter.
    document = tokenizer_json(
        metadata["tokenizer.ggml.pre"], metadata["tokenizer.ggml.tokens"], metadata["tokenizer.ggml.merges"],
        control_count=next(index for index, kind in enumerate(kinds) if kind == 1))
    return tokenizers.Tokenizer.from_str(json.dumps(document)).encode(text, add_special_tokens=False).ids[:count]


class Reference:
    """The reference's logits, computed or read from the cache."""

    def __init__(self, model, cache):
        self._model, self._cache, self._transformer = model, cache, None
        if cache:
            os.makedirs(cache, exist_ok=True)

    def logits(self, window):
        key = hashlib.sha256(f"{os.path.getsize(self._model)} {window}".encode()).hexdigest()[:24]
        path = os.path.join(self._cache, f"{key}.f32") if self._cache else None
        if path and os.path.exists(path):
            return np.fromfile(path, "<f4").reshape(len(window), -1)
        if not self._transformer:
            self._transformer = Transformer(self._model, np.float32)
        logits = self._transformer.forward(window)[0]
        if path:
            logits.astype("<f4").tofile(path + ".part")
            os.replace(path + ".part", path)
        return logits


def print_table(summaries):
    """One line for each engine."""
    base = summaries["reference"]["perplexity"]
    print(f"{'':32}{'perplexity':>11}{'ratio':>10}{'mean KL':>11}{'median KL':>11}{'99 %':>10}{'largest':>10}{'top-1':>9}")
    for name, figures in summaries.items():
        print(f"{name:32}{figures['perplexity']:11.4f}{figures['perplexity'] / base:10.5f}"
              f"{figures['mean_divergence']:11.6f}{figures['median_divergence']:11.6f}"
              f"{figures['divergence_99_percent']:10.5f}{figures['largest_divergence']:10.4f}"
              f"{figures['top1_agreement']:9.2%}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a GGUF file; for --tandem alone with a list of ids, also a Hugging Face directory")
    parser.add_argument("text", help="text, text.gz, or a JSON list of ids")
    parser.add_argument("--tokens", type=int, default=10_000)
    parser.add_argument("--window", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--llama", metavar="PYTHON")
    parser.add_argument("--no-flash-attention", action="store_true")
    parser.add_argument("--tandem", metavar="PROGRAM")
    parser.add_argument("--cache", metavar="FOLDER")
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()

    tokens = read_tokens(options.model, options.text, options.tokens)
    windows = [tokens[start:start + options.window] for start in range(0, len(tokens), options.window)]
    reference, engines, started = Reference(options.model, options.cache), [], time.perf_counter()
    comparisons = {"reference": Comparison()}
    try:
        first = reference.logits(windows[0])
        if options.llama:
            engines.append(LlamaEngine(options.llama, options.model, len(windows[0]), options.threads,
                                       not options.no_flash_attention))
        if options.tandem:
            engines.append(TandemEngine(options.tandem, options.model, windows, first.shape[1], options.threads))
        for index, window in enumerate(windows):
            expected = reference.logits(window) if index else first
            comparisons["reference"].add(window, expected, expected)
            for engine in engines:
                comparisons.setdefault(engine.name, Comparison()).add(window, expected, engine.logits(window))
            print(f"\r{index + 1} of {len(windows)} windows, {time.perf_counter() - started:.0f} s", end="",
                  file=sys.stderr, flush=True)
        print(file=sys.stderr)
    except EngineError as error:
        sys.exit(f"\n{error}")
    finally:
        for engine in engines:
            engine.close()
    summaries = {name: comparison.summary() for name, comparison in comparisons.items()}
    print_table(summaries)
    if options.json:
        record = {"tokens": len(tokens), "window": options.window, "threads": options.threads, "engines": summaries}
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(record, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
