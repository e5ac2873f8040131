#!/bin/sh
# Prometheus and Alertmanager for the tests: Debian's packages, unpacked into the folder $1, so that nothing is installed
# and nothing is started by it, but for two files that Alertmanager insists on. Where they can't be had, the tests that
# need them are skipped.
templates=usr/share/prometheus/alertmanager
[ -x "$1/usr/bin/prometheus-alertmanager" ] && [ -e "/$templates/email.tmpl" ] && exit 0
command -v prometheus >/dev/null 2>&1 && command -v promtool >/dev/null 2>&1 &&
    command -v prometheus-alertmanager >/dev/null 2>&1 && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "no Prometheus: its tests are skipped (install the packages prometheus and prometheus-alertmanager to run them)"
    exit 0
fi
unpack() {
    apt-get -qq -o APT::Sandbox::User=root download prometheus prometheus-alertmanager &&
        for package in ./*.deb; do dpkg -x "$package" . || return 1; done
}
mkdir -p "$1" && cd "$1" || exit 0
{ unpack || { apt-get -qq update && unpack; }; } >/dev/null 2>&1 ||
    echo "Prometheus could not be fetched: its tests are skipped"
rm -f ./*.deb
[ -e "/$templates/email.tmpl" ] || [ ! -d "$templates" ] ||
    { mkdir -p "/$templates" && install -m 644 "$templates"/*.tmpl "/$templates"; } 2>/dev/null ||
    echo "/$templates is missing (root has to put it there): the test of Alertmanager is skipped"
