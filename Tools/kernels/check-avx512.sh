#!/bin/bash
# Compares the AVX-512 kernels with the portable ones, bit for bit, on a processor that may not have AVX-512: SIMDe
# stands in for its instructions. Needs x86-64 with AVX2, clang, and Debian's libsimde-dev.
set -euo pipefail
. "$(dirname "$0")/common.sh"

[ "$(uname -m)" = x86_64 ] || { echo "$0: this check runs on x86-64 only." >&2; exit 2; }
echo '#include <simde/x86/avx512.h>' | "$compiler" -fsyntax-only -x c - 2> /dev/null ||
    { echo "$0: SIMDe is not installed; on Debian: apt-get install libsimde-dev" >&2; exit 2; }

for source in "$kernels"/*.c "$checks"/compare.c "$checks"/avx512_emulated.c; do
    name=$(basename "$source" .c)
    case $name in
    isa_avx512) continue ;;
    # The table of functions is chosen by what the processor can do; here it can do everything.
    dispatch) extra=('-D__builtin_cpu_supports(feature)=1' -Wno-unused-value) ;;
    # -O1 keeps the time that SIMDe's large headers take to compile bearable.
    avx512_emulated) extra=(-O1 -mavx2 -mfma -mf16c -mbmi2 -Wno-error) ;;
    *) extra=() ;;
    esac
    "$compiler" "${flags[@]}" "${extra[@]}" -c "$source" -o "$build/$name.o"
done
"$compiler" "$build"/*.o -lm -o "$build/compare"
"$build/compare" AVX-512 > "$build/fingerprints"
echo "AVX-512, emulated: $(grep -c . "$build/fingerprints") fingerprints, all like the portable ones."
