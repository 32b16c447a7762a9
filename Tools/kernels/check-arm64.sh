#!/bin/bash
# Compiles all kernels for arm64, runs them under qemu, and compares NEON, NEON with dot products and the portable code with
# each other and with this machine's own build, bit for bit. On Debian it needs
#     apt-get install qemu-user libc6-dev-arm64-cross libgcc-12-dev-arm64-cross
set -euo pipefail
. "$(dirname "$0")/common.sh"

need qemu-aarch64 "on Debian: apt-get install qemu-user"
sysroot=/usr/aarch64-linux-gnu
[ -f $sysroot/include/stdio.h ] ||
    { echo "$0: there are no headers for arm64; on Debian: apt-get install libc6-dev-arm64-cross" >&2; exit 2; }
runtime=$(ls -d /usr/lib/gcc-cross/aarch64-linux-gnu/* 2> /dev/null | sort -V | tail -1)
[ -n "$runtime" ] ||
    { echo "$0: there is no libgcc for arm64; on Debian: apt-get install libgcc-12-dev-arm64-cross" >&2; exit 2; }

sources=("$checks/compare.c" "$kernels"/*.c)
"$compiler" "${flags[@]}" "${sources[@]}" -lm -o "$build/native"
"$compiler" -target aarch64-linux-gnu -isystem $sysroot/include "${flags[@]}" "${sources[@]}" \
    -static -fuse-ld=lld -B "$runtime" -L "$runtime" -B $sysroot/lib -L $sysroot/lib -lm -o "$build/arm64"

"$build/native" > "$build/native.txt"
qemu-aarch64 -cpu max "$build/arm64" > "$build/arm64.txt"
if ! diff "$build/native.txt" "$build/arm64.txt"; then
    echo "$0: arm64 computes other bits than $(uname -m)." >&2
    exit 1
fi
echo "arm64: $(grep -c . "$build/arm64.txt") fingerprints, all like those of $(uname -m)."
