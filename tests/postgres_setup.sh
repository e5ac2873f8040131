#!/bin/sh
# PostgreSQL for the tests: Debian's server, where there is none and this user may install it. No cluster is started:
# the tests make one of their own. Without one, the tests that need it are skipped.
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "no PostgreSQL server: its tests are skipped (install the package postgresql to run them)"
    exit 0
fi
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
export DEBIAN_FRONTEND=noninteractive
{ apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql; } >/dev/null 2>&1 ||
    echo "PostgreSQL could not be installed: its tests are skipped"
