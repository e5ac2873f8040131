#!/bin/sh
# A browser for the tests: Debian's chromium, where there is none and this user may install it. Without one, the tests
# that need it are skipped.
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "no chromium: the tests of the page are skipped (install the package chromium to run them)"
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
{ apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >/dev/null 2>&1 ||
    echo "chromium could not be installed: the tests of the page are skipped"
