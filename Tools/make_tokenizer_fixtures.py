#!/usr/bin/env python3
"""Makes Tests/TandemTextTests/Fixtures/Tokenizers: small tokenizers and the tokens that others give to hard texts.

Trains a vocabulary of some hundred merges for every supported kind of tokenizer with the packages `tokenizers` and
`sentencepiece`, and records their tokens for the texts of tokenizer_texts.py.

    python3 Tools/make_tokenizer_fixtures.py --corpus valid.txt.gz

The corpus is any English text, a paragraph a line; its words shape the vocabularies and nothing of it is stored.
"""
import argparse
import gzip
import importlib.metadata
import io
import json
import pathlib

from tokenizer_texts import WRITTEN, random_texts
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

MERGES = 420
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace("{1,3}", "")
# Every flag of added tokens, alone.
ADDED = [
    AddedToken("<|end|>", special=True, normalized=False),
    AddedToken("<|im_start|>", special=True, normalized=False),
    AddedToken("<|im_end|>", special=True, normalized=False),
    AddedToken("<|end", special=False, normalized=False),
    AddedToken("MARK", special=False, normalized=False, single_word=True),
    AddedToken("<mask>", special=True, normalized=False, lstrip=True, rstrip=True),
    AddedToken("<L\u00c9>", special=False, normalized=True),
    AddedToken("[TOOL]", special=True, normalized=True),
]


def byte_level(pre_tokenizer, normalizer=None, ignore_merges=False, begin=None) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=256 + MERGES, initial_alphabet=alphabet, show_progress=False)
    )
    tokenizer.add_tokens(ADDED)
    if begin:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{begin} $A", special_tokens=[(begin, tokenizer.token_to_id(begin))]
        )
    return tokenizer


def piece_level(normalizer, pre_tokenizer, decoder, byte_fallback=True) -> Tokenizer:
    special = ["<unk>", "<s>", "</s>"] + ([f"<0x{byte:02X}>" for byte in range(256)] if byte_fallback else [])
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.normalizer = normalizers.Replace(" ", "\u2581")
    # Cut before spaces, so that pieces begin with them and may consist of several.
    trained.pre_tokenizer = pre_tokenizers.Split(Regex("\u2581*[^\u2581]*"), "isolated")
    trained.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=len(special) + 80 + MERGES, special_tokens=special, show_progress=False, limit_alphabet=80
        ),
    )
    trained_model = json.loads(trained.to_str())["model"]
    tokenizer = Tokenizer(
        models.BPE(
            vocab=trained_model["vocab"],
            merges=[tuple(merge) for merge in trained_model["merges"]],
            unk_token="<unk>",
            fuse_unk=True,
            byte_fallback=byte_fallback,
        )
    )
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoder
    tokenizer.add_special_tokens(
        [AddedToken(text, special=True, normalized=False) for text in ["<unk>", "<s>", "</s>"]]
    )
    tokenizer.add_tokens(ADDED)
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def build() -> dict[str, Tokenizer]:
    part = pre_tokenizers
    llama2_decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    bytes_only = part.ByteLevel(add_prefix_space=False, use_regex=False)
    return {
        "gpt2": byte_level(part.ByteLevel(add_prefix_space=False)),
        "gpt2-prefix": byte_level(part.ByteLevel(add_prefix_space=True)),
        "smollm": byte_level(part.Sequence([part.Digits(individual_digits=True), part.ByteLevel(add_prefix_space=False)])),
        "llama3": byte_level(
            part.Sequence([part.Split(Regex(LLAMA3), "isolated"), bytes_only]), ignore_merges=True, begin="<|im_start|>"
        ),
        "qwen2": byte_level(
            part.Sequence([part.Split(Regex(QWEN2), "isolated"), bytes_only]), normalizer=normalizers.NFC()
        ),
        "llama2": piece_level(
            normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")]), None, llama2_decoder
        ),
        "mistral": piece_level(None, part.Metaspace(prepend_scheme="first", split=False), llama2_decoder),
        "metaspace": piece_level(
            None, part.Metaspace(prepend_scheme="always", split=True), decoders.Metaspace(), byte_fallback=False
        ),
    }


def compact(tokenizer: Tokenizer) -> str:
    """The tokenizer's file, its merges in the short form that older files have, except where that is ambiguous."""
    root = json.loads(tokenizer.to_str())
    root["model"]["merges"] = [" ".join(merge) for merge in root["model"]["merges"]]
    return json.dumps(root, ensure_ascii=False, separators=(",", ":"))


def sentence_piece(texts: list[str]) -> dict:
    """A vocabulary with scores, as GGUF files of Llama 2 have it, and what SentencePiece makes of the texts."""
    # Here, because the proofs import this file for its patterns and need no SentencePiece.
    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS), model_writer=model, model_type="bpe", vocab_size=259 + 80 + MERGES,
        byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False, split_digits=True,
        allow_whitespace_only_pieces=True, character_coverage=0.995, minloglevel=2,
    )  # fmt: skip
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    ids = range(processor.vocab_size())
    kinds = [
        2 if processor.is_unknown(i) else 3 if processor.is_control(i) else 6 if processor.is_byte(i) else 1 for i in ids
    ]
    return {
        "tokens": [processor.id_to_piece(i) for i in ids],
        "scores": [processor.get_score(i) for i in ids],
        "types": kinds,
        "ids": processor.encode(texts),
    }


def write(path: pathlib.Path, value: dict) -> None:
    path.write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")


def main() -> None:
    texts = WRITTEN + random_texts(120, longest=5)
    folder = pathlib.Path(__file__).resolve().parent.parent / "Tests/TandemTextTests/Fixtures/Tokenizers"
    folder.mkdir(parents=True, exist_ok=True)
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("tokenizers", "sentencepiece")]
    made_by = ", ".join(["make_tokenizer_fixtures.py", *versions])
    write(folder / "texts.json", {"made_by": made_by, "texts": texts})
    for name, tokenizer in build().items():
        file = compact(tokenizer)
        assert Tokenizer.from_str(file).encode("a b").ids == tokenizer.encode("a b").ids
        (folder / f"{name}.json").write_text(file + "\n")
        begin = tokenizer.encode("").ids
        parsed = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
        decoded = [tokenizer.decode(ids, skip_special_tokens=True) for ids in parsed]
        tokenizer.encode_special_tokens = True
        literal = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
        different = {str(i): ids for i, ids in enumerate(literal) if ids != parsed[i]}
        altered = {str(i): text for i, text in enumerate(decoded) if text != texts[i]}
        # These the reference decodes by what its normaliser or alphabet makes of their names, special or not.
        odd = {tokenizer.token_to_id(token.content) for token in ADDED if token.normalized}
        unclear = [i for i, ids in enumerate(parsed) if odd & set(ids)]
        expected = {"begin": begin, "parsed": parsed, "literal": different, "decoded": altered, "unclear": unclear}
        write(folder / f"{name}.expected.json", expected)
    write(folder / "sentencepiece.json", sentence_piece(texts))
    print(sum(file.stat().st_size for file in folder.iterdir()) // 1024, "KiB")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--corpus", required=True, type=pathlib.Path)
    with gzip.open(arguments.parse_args().corpus, "rt", encoding="utf-8") as corpus:
        CORPUS = [line.rstrip("\n") for line in corpus][:3000]
    main()
