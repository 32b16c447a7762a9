#!/bin/bash
# Runs every kernel under the address and undefined behaviour sanitizers of clang (in the Swift toolchain).
set -euo pipefail
. "$(dirname "$0")/common.sh"

sanitizers=(-fsanitize=address,undefined -fno-sanitize-recover=all -g -fuse-ld=lld)
echo 'int main(void) { return 0; }' | "$compiler" "${sanitizers[@]}" -x c - -o "$build/probe" 2> /dev/null ||
    { echo "$0: $compiler has no sanitizers; use the Swift toolchain's, or on Debian: apt-get install libclang-rt-14-dev" >&2; exit 2; }

"$compiler" "${flags[@]}" "${sanitizers[@]}" "$checks/compare.c" "$kernels"/*.c -lm -o "$build/compare"
"$build/compare" > "$build/fingerprints"
echo "Sanitizers: $(grep -c . "$build/fingerprints") checks without a complaint."
