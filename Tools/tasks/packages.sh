# What installs missing Debian packages; for the tasks and for .ci/run.

# Installs the packages that are named, and asks nothing: as root, or by a sudo that wants no password. Elsewhere it says
# what to do, and fails.
install_packages() {
    if [ $# = 0 ]; then return 0; fi
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "Missing: $*. Install that with the system's package manager." >&2
        return 1
    fi
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif sudo -n true >/dev/null 2>&1; then
        as_root="sudo -n"
    else
        echo "Missing: $*. Install that with: sudo apt-get install $*" >&2
        return 1
    fi
    echo "Installing $*"
    as_root="$as_root env DEBIAN_FRONTEND=noninteractive"
    $as_root apt-get update -qq </dev/null &&
        $as_root apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
}
