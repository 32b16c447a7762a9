# What the tasks share. Each begins with: . "$(dirname "$0")/common.sh"
set -eu
cd "$(dirname "$0")/../.."
. Tools/tasks/packages.sh

# A heading, in bold on a terminal.
say() {
    if [ -t 1 ]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '\n%s\n' "$*"; fi
}

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# A command must be there, or the second argument says where to get it.
need() {
    command -v "$1" >/dev/null 2>&1 || fail "$1 is missing. $2"
}

need_swift() {
    need swift "Install the Swift toolchain, 6.2 or newer: https://www.swift.org/install (macOS: Xcode 26)."
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    case $version in
        [0-5].* | 6.[01]) fail "Swift $version is too old; 6.2 or newer is needed: https://www.swift.org/install." ;;
    esac
}

# Warnings are errors in our own sources; SwiftPM leaves those of dependencies alone.
strict="-Xswiftc -warnings-as-errors --explicit-target-dependency-import-check error"
# Debug and release each have one folder and one set of flags, so that no task rebuilds what another has built.
debug="-c debug --scratch-path .build-debug $strict"
release="-c release --scratch-path .build-release -Xswiftc -enable-testing $strict"

# A program of the toolchain that need not be on the PATH: clang, docc.
toolchain_program() {
    if command -v xcrun >/dev/null 2>&1; then
        xcrun --find "$1"
        return
    fi
    beside=$(dirname "$(readlink -f "$(command -v swift)")")/$1
    if [ -x "$beside" ]; then echo "$beside"; else command -v "$1"; fi
}
