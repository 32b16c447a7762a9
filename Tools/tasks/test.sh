#!/bin/sh
# Tests: test.sh debug | kernels | release
. "$(dirname "$0")/common.sh"
need_swift

# A real model for the tests that want one. They are skipped, not failed, where none can be had.
find_model() {
    if [ -z "${TANDEM_TEST_MODEL:-}" ]; then
        tandem=$(swift build $release --show-bin-path)/tandem
        TANDEM_TEST_MODEL=$("$tandem" pull smollm2-135m-instruct) || TANDEM_TEST_MODEL=
    fi
    if [ -n "$TANDEM_TEST_MODEL" ]; then
        export TANDEM_TEST_MODEL
        echo "Real model: $TANDEM_TEST_MODEL"
    else
        unset TANDEM_TEST_MODEL
        echo "NO REAL MODEL: it could not be fetched, so the tests on it are skipped. TANDEM_TEST_MODEL=FILE names one."
    fi
}

case ${1:-} in
    debug)
        say "Debug tests"
        swift build $debug --build-tests
        env -u TANDEM_TEST_MODEL swift test $debug --skip-build --disable-xctest
        ;;
    release)
        say "Release tests"
        # The tests call internal declarations, hence -enable-testing.
        swift build $release --build-tests
        find_model
        swift test $release --skip-build --disable-xctest
        ;;
    kernels)
        CC=${CC:-$(toolchain_program clang)}
        export CC
        for check in Tools/kernels/check-*.sh; do
            say "Kernels: $(basename "$check")"
            status=0
            bash "$check" || status=$?
            # 2: this machine lacks something that the check needs, and the line above says what. CI has installed it.
            if [ $status = 2 ] && [ -z "${CI:-}" ]; then
                echo "SKIPPED: $check"
            elif [ $status != 0 ]; then
                fail "$check failed."
            fi
        done
        ;;
    *) fail "usage: test.sh debug | kernels | release" ;;
esac
