"""The byte-level BPE tokenizer of the tiny models: 256 bytes, a few merges, three control tokens.

Small enough to check by hand, whole enough to run text through a model from end to end.
"""

MERGES = [
    "Ġ t", "h e", "Ġ a", "i n", "Ġt he", "o n", "e r", "Ġ s", "r e", "n d", "Ġ m", "o d", "e l", "Ġm od", "Ġmod el",
    "a l", "Ġs m", "Ġsm al", "Ġsmal l", "in g", "l a", "Ġa nd", "o r", "Ġ w", "d s", "Ġw or", "Ġwor ds", "i s", "Ġ is",
    "1 2", "Ã ©", "T he",
]
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]

CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")

# What comes before byte-level BPE: how text is cut into pieces that merges don't cross.
_CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_REST = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_SPLITS = {
    "llama-bpe": rf"{_CONTRACTIONS}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{{1,3}}|{_REST}",
    "qwen2": rf"{_CONTRACTIONS}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}|{_REST}",
}


def _byte_characters():
    """The printable character that stands for each byte: itself if it can be seen, else one from U+0100 on."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in visible]
    table = {byte: chr(byte) for byte in visible}
    table |= {byte: chr(256 + index) for index, byte in enumerate(hidden)}
    return [table[byte] for byte in range(256)]


def tokens():
    """Every token's text, in the order of ids: control tokens, bytes, merges."""
    return CONTROL + _byte_characters() + [merge.replace(" ", "") for merge in MERGES]


def gguf_metadata(pre_tokenizer):
    """The keys of a GGUF file."""
    texts = tokens()
    return {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": pre_tokenizer,
        "tokenizer.ggml.tokens": texts,
        "tokenizer.ggml.token_type": [3] * len(CONTROL) + [1] * (len(texts) - len(CONTROL)),
        "tokenizer.ggml.merges": MERGES,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.unknown_token_id": 0,
        "tokenizer.ggml.padding_token_id": 2,
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": CHAT_TEMPLATE,
    }


def _pre_tokenizer(kind):
    if kind in _SPLITS:
        split = {"type": "Split", "pattern": {"Regex": _SPLITS[kind]}, "behavior": "Isolated", "invert": False}
        level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
        return {"type": "Sequence", "pretokenizers": [split, level]}
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    if kind == "smollm":
        return {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, level]}
    return level


def tokenizer_json(pre_tokenizer, texts=None, merges=None, control_count=len(CONTROL)):
    """The contents of a `tokenizer.json`; of a vocabulary other than the tiny one if its texts and merges are given."""
    texts, merges = texts or tokens(), merges or MERGES
    added = [
        {"id": index, "content": text, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
         "special": True}
        for index, text in enumerate(texts[:control_count])
    ]
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
        "normalizer": {"type": "NFC"} if pre_tokenizer == "qwen2" else None,
        "pre_tokenizer": _pre_tokenizer(pre_tokenizer), "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": {text: index for index, text in enumerate(texts)}, "merges": merges,
        },
    }
