#!/bin/sh
# Builds the packages that use ours as a stranger would.
. "$(dirname "$0")/common.sh"
need_swift
if grep -n 'unsafeFlags\|systemLibrary' Package.swift; then
    fail "Package.swift uses unsafeFlags or a system library; packages that depend on ours could not build it."
fi
for package in Examples/*/Package.swift Benchmarks/Package.swift; do
    folder=$(dirname "$package")
    say "Package: $folder"
    swift build --package-path "$folder" --scratch-path ".build-examples/$(basename "$folder")" -Xswiftc -warnings-as-errors
done
