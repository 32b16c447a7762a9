#!/bin/sh
# Measures the engine on this machine. bench.sh peers: in turns with llama.cpp.
. "$(dirname "$0")/common.sh"
need_swift
if [ "${1:-}" = peers ]; then
    need "$PYTHON" "It runs llama.cpp; install Python 3.9 or newer."
    exec Benchmarks/run.sh "$MODEL"
fi
swift build -c release --product tandem
tandem=$(swift build -c release --show-bin-path)/tandem
exec "$tandem" bench "$("$tandem" pull --quiet "$MODEL")"
