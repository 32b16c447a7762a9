#!/bin/sh
# Measures the engine and llama.cpp in turns; installs, builds and pulls first what is missing.
#
#     Benchmarks/run.sh [MODEL] [OPTION...]
#
# MODEL is a GGUF file or a name that `tandem pull` knows; left out, it is $MODEL, or smollm2-135m-instruct. The options are
# those of engine-benchmark: --formats q4_1,q8_0,q4_0, --repetitions 5, --json FILE, --markdown FILE; --help lists them.
# PEERS is the folder of the environment with llama.cpp, default .build-peers.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
benchmarks=$root/Benchmarks
peers=${PEERS:-$root/.build-peers}
model=${MODEL:-smollm2-135m-instruct}
case ${1:-} in
    '' | -*) ;;
    *)
        model=$1
        shift
        ;;
esac

command -v swift >/dev/null 2>&1 || {
    echo "run.sh: swift is missing; install the toolchain, 6.2 or newer." >&2
    exit 1
}
"$benchmarks/peers/setup.sh" "$peers"
swift build -c release --package-path "$benchmarks" --product tandem
swift build -c release --package-path "$benchmarks" --product engine-benchmark
programs=$(swift build -c release --package-path "$benchmarks" --show-bin-path)
[ -f "$model" ] || model=$("$programs/tandem" pull --quiet "$model")

exec "$programs/engine-benchmark" "$model" \
    --tandem "$programs/tandem" --python "$peers/bin/python" --peer "$benchmarks/peers/llama_peer.py" \
    --notes "$benchmarks/engine-notes.txt" "$@"
