#!/bin/sh
# Formatting, warnings, imports.
. "$(dirname "$0")/common.sh"
need_swift

say "Formatting"
swift format lint --strict -r --parallel Package.swift Sources Tests Examples Benchmarks

say "Warnings and imports: C"
clang=$(toolchain_program clang) || fail "clang is missing; it comes with the Swift toolchain."
for source in Sources/*/*.c; do
    "$clang" -std=gnu11 -Wall -Wextra -Werror -fsyntax-only -I "$(dirname "$source")/include" "$source"
done

say "Warnings and imports: Swift"
swift build $debug --build-tests
