#!/usr/bin/env python3
"""The full proof that a tokenizer is exact: every text must have the tokens that the package `tokenizers` gives it.

    python3 Tools/check_tokenizer.py MODEL --valid valid.txt.gz --prompts prompts.jsonl.gz --write proof.jsonl
    TANDEM_TEST_MODEL=MODEL TANDEM_TOKENIZER_PROOF=proof.jsonl swift test --filter proof

    python3 Tools/check_tokenizer.py MODEL --valid valid.txt.gz --prompts prompts.jsonl.gz --command "COMMAND"

MODEL is a tokenizer.json, or a GGUF file with a byte-level vocabulary, of which the same tokenizer is made from its
metadata. The texts are every line of the first file, the first turns of the second ({"turns": [...]} a line), and
random Unicode strings, the latter also with special tokens taken literally. With --command, {"text", "literal"} lines
go into the command and it must answer each with a line {"ids": [...]} .
"""
import argparse
import gzip
import json
import pathlib
import shlex
import struct
import subprocess
import sys

from make_tokenizer_fixtures import LLAMA3, QWEN2
from tokenizer_texts import WRITTEN, random_texts
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

WIDTHS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}


def metadata(path: pathlib.Path) -> dict:
    """The metadata of a GGUF file."""
    with path.open("rb") as file:

        def number(form):
            return struct.unpack(form, file.read(struct.calcsize(form)))[0]

        def value(kind):
            if kind == 8:
                return file.read(number("<Q")).decode()
            if kind == 9:
                element, count = number("<I"), number("<Q")
                return [value(element) for _ in range(count)]
            return number(WIDTHS[kind])

        file.seek(16)
        pairs = {}
        for _ in range(number("<Q")):
            name = value(8)
            pairs[name] = value(number("<I"))
        return pairs


def from_gguf(path: pathlib.Path) -> Tokenizer:
    """The tokenizer of a byte-level GGUF vocabulary."""
    values = {name.removeprefix("tokenizer.ggml."): value for name, value in metadata(path).items()}
    tokens, kinds, pre = values["tokens"], values["token_type"], values["pre"]
    merges = [tuple(merge.split(" ")) for merge in values["merges"]]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, ignore_merges=pre == "llama-bpe"))
    part = pre_tokenizers
    bytes_only = part.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = {
        "gpt-2": part.ByteLevel(add_prefix_space=False),
        "smollm": part.Sequence([part.Digits(individual_digits=True), part.ByteLevel(add_prefix_space=False)]),
        "llama-bpe": part.Sequence([part.Split(Regex(LLAMA3), "isolated"), bytes_only]),
        "qwen2": part.Sequence([part.Split(Regex(QWEN2), "isolated"), bytes_only]),
    }[pre]
    if pre == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.decoder = decoders.ByteLevel()
    special = [token for token, kind in zip(tokens, kinds) if kind == 3]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    return tokenizer


def texts(arguments) -> list[str]:
    with gzip.open(arguments.valid, "rt", encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file]
    with gzip.open(arguments.prompts, "rt", encoding="utf-8") as file:
        prompts = ["\n".join(json.loads(line)["turns"]) for _, line in zip(range(5000), file)]
    return lines + prompts + WRITTEN


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--valid", required=True, type=pathlib.Path)
    parser.add_argument("--prompts", required=True, type=pathlib.Path)
    parser.add_argument("--write", type=pathlib.Path)
    parser.add_argument("--command")
    parser.add_argument("--few", action="store_true", help="only the written texts and some random ones")
    arguments = parser.parse_args()
    is_json = arguments.model.suffix == ".json"
    tokenizer = Tokenizer.from_file(str(arguments.model)) if is_json else from_gguf(arguments.model)
    random = random_texts(60, longest=5) if arguments.few else random_texts(2000)
    parsed = (WRITTEN if arguments.few else texts(arguments)) + random
    lines = [{"text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids} for text in parsed]
    tokenizer.encode_special_tokens = True
    lines += [
        {"text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids, "literal": True}
        for text in WRITTEN + random
    ]
    if arguments.write:
        arguments.write.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
    if arguments.command:
        asked = "".join(json.dumps({"text": x["text"], "literal": x.get("literal", False)}) + "\n" for x in lines)
        answer = subprocess.run(shlex.split(arguments.command), input=asked, capture_output=True, text=True, check=True)
        found = [json.loads(line)["ids"] for line in answer.stdout.splitlines()]
        different = [line["text"] for line, ids in zip(lines, found, strict=True) if line["ids"] != ids]
        print(f"{len(lines)} texts, {len(different)} differ", *map(repr, different[:10]), sep="\n")
        sys.exit(bool(different))
    print(f"{len(lines)} texts, {sum(len(line['ids']) for line in lines)} tokens")


main()
