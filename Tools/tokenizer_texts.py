"""Texts that tokenizers find hard, the same on every run. Shared by the makers of fixtures and proofs."""
import random

# Short, written for this purpose; each has something that a pre-tokenizer may get wrong.
WRITTEN = [
    "", " ", "  ", "\n", "\t", "\r\n", "\n\n\n", " \n ", "a", " a", "a ", "  a  ", "a\n", "\na", "a \n b", "a\t\tb",
    "Hello, world!", "It's what they'd said: we're, you've, I'm, he'll, don't.", "IT'S WHAT THEY'D, WE'RE, YOU'VE",
    "'s 't 're 've 'm 'll 'd 'S 'LL 'lL '\u017ft 'x ''s '", "rock'n'roll o'clock 'tis l'eau", "\u2019s don\u2019t",
    "1 12 123 1234 12345 1234567890", "3.14159, 1,000,000 and 1e-5", "x1y2z3 4th 5G", " 42", "  42", "\n42", "42\n",
    "\u0663\u0664\u0665 \u0967\u0968 \uff11\uff12\uff13 \u2167 \u00bd \u00b2", "a\u0663b 7\u0664", "\u2460\u2461",
    "foo(bar[0]) -> {baz: 1};\n\tif (x != y) {\n\t\treturn;\n\t}\n", "def f(x):\n    return x + 1\n\n\nclass A:\n",
    "a  b   c    d     e", "a \t b\t c", "trailing   \n  leading", "\r\r\n\n\r", "end. \n\n Next", "!!!\n\n???", "...\n",
    " !", "  !", " !a", "!a", "\t!a", "\n!a", "$a $1 #b @c", "--flag=value //path/to", "a_b __init__ CamelCase",
    "caf\u00e9 na\u00efve \u00fcber \u0153uvre stra\u00dfe \u0130stanbul", "cafe\u0301 nai\u0308ve \u0041\u030a \u1e9b\u0323",
    "\u0441\u044a\u0435\u0448\u044c \u0435\u0449\u0451 \u044d\u0442\u0438\u0445 \u0431\u0443\u043b\u043e\u043a",
    "\u4f60\u597d\uff0c\u4e16\u754c\uff01 \u3053\u3093\u306b\u3061\u306f \uc548\ub155\ud558\uc138\uc694",
    "\u1109\u1176 \u1113\u1161 \uac00\u11a8 \uac01\u11a8 \uac00\u11c3 \uac00\u11a7", "a\u0315\u0300\u05ae\u0300b \u0344 \u2adc",
    "\u1112\u1161\u11ab\u1100\u1173\u11af \u304b\u3099 \uf900 \u212b \u2126",
    "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645 \u05e9\u05c1\u05dc\u05d5\u05dd",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f44d\U0001f3fd \U0001f1e9\U0001f1ea",
    "a\u0300\u0301\u0302 \u0300x", "\u200b\u200c\u200d\ufeff\u2060", "a\u00a0b\u2003c\u3000d\u2028e\u2029f\u0085g",
    "\x00\x01\x1f\x7f\x80", "\ufffd\ufffe\uffff\ue000\U000f0000\U0010ffff", "\u2581a\u2581 \u2581\u2581b", "<0x0A><0x-1>",
    "<s>a</s> <unk> <|im_start|>user\nhi<|im_end|>\n", "<|im_start|><|im_start|>", "<|im_", "a<|im_end|>b", " <|end|> ",
    "<|end|><|endx|>", "aMARKb MARK MARKED xMARK MARK!", "word <mask> word", "word\n\t <mask>\u00a0 word<mask>", "[TOOL]",
    "l\u00e9on <L\u00c9> <LE\u0301>", "the the  the   the", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "abababababababababababababababababababababababababab", "-" * 50, " " * 50, "\n" * 20, "=" * 33 + "\n" + "#" * 17,
]

SPECIALS = ["<|im_start|>", "<|im_end|>", "<|end|>", "<|end", "<s>", "</s>", "MARK", "<mask>", "<L\u00c9>", "[TOOL]"]

POOLS = [
    range(0x20, 0x7F), range(0xA0, 0x250), range(0x300, 0x370), range(0x370, 0x530), range(0x590, 0x700),
    range(0x900, 0xE00), range(0x1100, 0x1200), range(0x2000, 0x2070), range(0x2150, 0x2190), range(0x3040, 0x30FF),
    range(0x4E00, 0x9FFF), range(0xAC00, 0xD7A3), range(0x1F300, 0x1F700), [0x200D, 0xFE0F, 0x1F3FB, 0x1F468, 0x1F469],
    [*range(0x20), 0x7F, 0x85, 0xA0], [0x20, 0x20, 0x20, 0x09, 0x0A, 0x0D, 0x0A],
    [*range(0x660, 0x66A), *range(0x966, 0x970), *range(0xFF10, 0xFF1A), 0x2167, 0xBD], list(map(ord, "'stSTlLrReEvVmMdD\u017f")),
    [*range(0xE000, 0xE010), *range(0xFFF0, 0xFFFE)], range(0x10000, 0x110000, 977), list(map(ord, "etaoin shrdlu")),
]


def random_texts(count: int, seed: int = 7, longest: int = 12) -> list[str]:
    """Runs of characters from random blocks, with spaces and the names of special tokens between them."""
    rng = random.Random(seed)
    texts = []
    for _ in range(count):
        parts = []
        for _ in range(rng.randint(1, longest)):
            pool = rng.choice(POOLS)
            parts += [chr(rng.choice(pool)) for _ in range(rng.randint(1, 6))]
            if rng.random() < 0.3:
                parts.append(" ")
            if rng.random() < 0.08:
                parts.append(rng.choice(SPECIALS))
        texts.append("".join(parts))
    return texts
