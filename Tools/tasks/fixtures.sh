#!/bin/sh
# Makes the golden files of the tests anew. TEXT, if given, is gzipped English text for the tokenizers' vocabularies.
. "$(dirname "$0")/common.sh"
need "$PYTHON" "The generators are Python programs; install Python 3.11 or newer."
environment=.build-fixtures
[ -x $environment/bin/python ] || "$PYTHON" -m venv $environment
$environment/bin/python -m pip install --quiet numpy tokenizers sentencepiece jinja2==3.1.6
python=$environment/bin/python

say "Golden models and formats"
"$python" Tools/reference/make_fixtures.py
"$python" Tools/make_format_fixture.py >Tests/TandemMathTests/Formats/FormatFixture.swift
say "Chat templates"
"$python" Tools/make_chat_template_fixtures.py
say "Tables of characters"
"$python" Tools/make_character_classes.py
"$python" Tools/make_canonical_decompositions.py
if [ -n "${TEXT:-}" ]; then
    say "Tokenizers"
    "$python" Tools/make_tokenizer_fixtures.py --corpus "$TEXT"
else
    echo "The tokenizers' fixtures stay as they are: TEXT=file.txt.gz gives the text that their vocabularies are made from."
fi
git diff --stat
