# Sourced by the checks beside it.

root=$(cd "$(dirname "$0")/../.." && pwd)
kernels=$root/Sources/CTandemKernels
checks=$root/Tools/kernels
compiler=${CC:-clang}
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
flags=(-std=gnu11 -O2 -Wall -Werror -I "$kernels/include" -I "$kernels")

need() { # need COMMAND REMEDY
    command -v "$1" > /dev/null || { echo "$0: $1 is not installed; $2" >&2; exit 2; }
}

need "$compiler" "put the Swift toolchain's clang on the PATH or name another with CC=."
