#!/bin/sh
# Builds the documentation of every library into .build-docs, warnings as errors.
. "$(dirname "$0")/common.sh"
need_swift
docc=$(toolchain_program docc) || fail "docc is missing; it comes with the Swift toolchain: https://www.swift.org/install."

say "Building"
swift build $debug
binaries=$(swift build $debug --show-bin-path)
triple=$(swift -print-target-info | sed -n 's/.*"triple" *: *"\([^"]*\)".*/\1/p' | head -n 1)
sdk=
command -v xcrun >/dev/null 2>&1 && sdk="-sdk $(xcrun --show-sdk-path)"

rm -rf .build-docs
status=0
for catalogue in Sources/*/*.docc; do
    module=$(basename "$(dirname "$catalogue")")
    say "Documentation: $module"
    mkdir -p ".build-docs/symbols/$module"
    flags="-module-name $module -target $triple $sdk -I $binaries/Modules -output-dir .build-docs/symbols/$module"
    for map in Sources/C*/include/module.modulemap; do flags="$flags -Xcc -fmodule-map-file=$map"; done
    swift symbolgraph-extract $flags -minimum-access-level public -skip-synthesized-members -omit-extension-block-symbols
    # Only the module's own symbols; extensions of other modules' types come in files named Module@Other.
    rm -f .build-docs/symbols/"$module"/*@*
    "$docc" convert "$catalogue" --additional-symbol-graph-dir ".build-docs/symbols/$module" \
        --fallback-display-name "$module" --fallback-bundle-identifier "tandem.$module" \
        --output-path ".build-docs/$module.doccarchive" --warnings-as-errors || status=1
done
[ $status = 0 ] || fail "The documentation has warnings; they are above."
echo "The documentation is in .build-docs/*.doccarchive"
