#!/bin/sh
# Makes a Python environment with llama.cpp, built for this very machine, and what the reference programs need.
#
#     Benchmarks/peers/setup.sh [FOLDER]        default: .build-peers at the repository's root
#
# The interpreter is then FOLDER/bin/python. Running it again does nothing when all is there. CC and CXX choose the
# compiler; JOBS the number of parallel compilations.
set -eu

llama_version=0.3.36
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
folder=${1:-$root/.build-peers}
python=${PYTHON:-python3}

fail() {
    echo "setup.sh: $1" >&2
    exit 1
}

is_complete() {
    [ -x "$folder/bin/python" ] && "$folder/bin/python" - "$llama_version" <<'CHECK' >/dev/null 2>&1
import sys, llama_cpp, numpy, tokenizers
sys.exit(llama_cpp.__version__ != sys.argv[1])
CHECK
}

if is_complete; then
    echo "llama-cpp-python $llama_version is ready in $folder"
    exit 0
fi

command -v "$python" >/dev/null 2>&1 || fail "no $python found; install Python 3.9 or newer, or set PYTHON."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' || fail "$python is older than 3.9; set PYTHON to a newer one."
if [ -z "${CC:-}" ] && ! command -v cc >/dev/null 2>&1 && ! command -v gcc >/dev/null 2>&1; then
    fail "no C compiler found; install one (Debian: apt-get install build-essential), or set CC and CXX."
fi

if [ ! -x "$folder/bin/python" ]; then
    "$python" -m venv "$folder" \
        || fail "cannot make an environment in $folder; Python's venv module may be missing (Debian: python3-venv)."
fi

# True where the processor announces AMX, but does not run it; then llama.cpp has to be built without.
amx_is_refused() {
    grep -qs amx_int8 /proc/cpuinfo || return 1
    ! { "${CC:-cc}" -O1 -mamx-tile -mamx-int8 "$root/Benchmarks/peers/amx_check.c" -o "$folder/amx_check" \
        && "$folder/amx_check"; } 2>/dev/null
}

flags=-DGGML_NATIVE=ON
if amx_is_refused; then
    echo "This machine announces AMX and refuses it: llama.cpp is built without."
    without='-mno-amx-tile -mno-amx-int8 -mno-amx-bf16'
    flags="$flags -DCMAKE_C_FLAGS='$without' -DCMAKE_CXX_FLAGS='$without'"
fi

log=$folder/setup.log
echo "Building llama.cpp in $folder (five to fifteen minutes; log: $log)"
# The wheel must be compiled here and now: a ready-made one, or one that pip kept from another machine, would not use this
# processor's instructions.
if ! CMAKE_ARGS="$flags ${CMAKE_ARGS:-}" CMAKE_BUILD_PARALLEL_LEVEL="${JOBS:-$(getconf _NPROCESSORS_ONLN)}" \
    "$folder/bin/python" -m pip install --no-cache-dir --no-binary llama-cpp-python \
    "llama-cpp-python==$llama_version" numpy tokenizers >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    fail "the build failed; the last lines are above, all of them in $log. Check the network, cmake and the compiler."
fi
is_complete || fail "everything was installed, but llama_cpp does not load; try: $folder/bin/python -c 'import llama_cpp'"
echo "llama-cpp-python $llama_version is ready in $folder"
