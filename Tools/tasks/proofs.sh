#!/bin/sh
# The long proofs, on the real model. First, that drafting changes no text: every lossless arm, greedy and drawn, alone and
# beside others, on one thread and on all. Then, if there is text for it: its tokens against the package `tokenizers`,
# its logits against a float32 reference and llama.cpp, equality under all ways of running it, and the reference itself
# against ggml.
#
# The arms that draft with small models take part when a bundle belongs to the model; BUNDLE names one, ARMS other arms.
# EVAL is a folder of prompts, a .jsonl file for each kind with lines of {"turns": ["…"]}; ours, a few, if left out. PER_FILE
# is how many of each file are asked, and so of how many at once the third and fourth comparison can be. TEXT is English text, a paragraph a line, gzipped; PROMPTS lines of
# {"turns": ["…"]}, gzipped.
. "$(dirname "$0")/common.sh"
need_swift
for name in TEXT PROMPTS; do
    eval "file=\${$name:-}"
    [ -z "$file" ] || [ -f "$file" ] || fail "make proofs TEXT=file.txt.gz PROMPTS=file.jsonl.gz: $name names no file."
done
folder=${EVAL:-Tests/Fixtures/prompts}
ls "$folder"/*.jsonl >/dev/null 2>&1 || fail "make proofs EVAL=folder: there are no .jsonl files in $folder."

say "Building"
swift build $release --build-tests
tandem=$(swift build $release --show-bin-path)/tandem
TANDEM_TEST_MODEL=$("$tandem" pull --quiet smollm2-135m-instruct)
export TANDEM_TEST_MODEL
mkdir -p .build-proofs

arms=lookup:1,lookup:3,lookup:8,independent:1,independent:4
companions="--independent $TANDEM_TEST_MODEL"
if [ -n "${BUNDLE:-}" ] || ls Models/*/config.json >/dev/null 2>&1; then
    arms=$arms,tandem:1,tandem:2,tandem:3,tandem:5,tandem:8,auto,chain
    companions="$companions ${BUNDLE:+--tandem $BUNDLE}"
else
    echo "No bundle in Models, and BUNDLE names none: the arms of the tandem are left out."
fi

# Compares the texts of all arms; the command fails when one that promises the same text has another.
same_texts() {
    say "The same text: $*"
    "$tandem" bench generate "$TANDEM_TEST_MODEL" --prompts "$folder"/*.jsonl --arms "${ARMS:-$arms}" $companions \
        --prompts-per-file "${PER_FILE:-8}" --repetitions 1 "$@"
}
# As many prompts at once as asked for, or as there are of each kind.
fewest=${PER_FILE:-8}
for file in "$folder"/*.jsonl; do
    lines=$(grep -c . "$file")
    [ "$lines" -ge "$fewest" ] || fewest=$lines
done
at_most() { if [ "$fewest" -lt "$1" ]; then echo "$fewest"; else echo "$1"; fi; }
same_texts --temperature 0
same_texts --temperature 1 --seed 7
same_texts --temperature 0 --conversations "$(at_most 8)"
same_texts --temperature 1 --conversations "$(at_most 3)" --threads 1

if [ -z "${TEXT:-}" ] || [ -z "${PROMPTS:-}" ]; then
    say "Left out: tokens, logits, accuracy. make proofs TEXT=file.txt.gz PROMPTS=file.jsonl.gz has them too."
    exit 0
fi
need "$PYTHON" "The references are Python programs; install Python 3.9 or newer."
Benchmarks/peers/setup.sh "$PEERS"
python=$PEERS/bin/python

say "Tokens"
"$python" Tools/check_tokenizer.py "$TANDEM_TEST_MODEL" --valid "$TEXT" --prompts "$PROMPTS" --write .build-proofs/tokens.jsonl
say "All tests, with the tokens and the real model"
TANDEM_TOKENIZER_PROOF=$PWD/.build-proofs/tokens.jsonl swift test $release --skip-build --disable-xctest

say "The reference against ggml and llama.cpp"
"$python" Tools/reference/make_fixtures.py --check
"$python" Tools/reference/check_formats.py
"$python" Tools/reference/check_models.py

say "Accuracy"
"$python" Tools/reference/accuracy.py "$TANDEM_TEST_MODEL" "$TEXT" --llama "$python" --tandem "$tandem" \
    --cache .build-proofs/reference
