#!/bin/sh
# Installs the Debian packages that building, running and testing need, after saying which.
set -eu
need="gcc make pkg-config libpoppler-glib-dev poppler-data libmagic-dev
libarchive-dev zlib1g-dev libdeflate-dev libzstd-dev libsqlite3-dev libstemmer-dev libicu-dev libuchardet-dev libjansson-dev nettle-dev
libinih-dev libseccomp-dev libcmark-gfm-dev libcmark-gfm-extensions-dev libgmime-3.0-dev
libcurl4-openssl-dev libcmocka-dev libc6-dev python3 git zip procps tesseract-ocr"
missing=
for package in $need; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0
command -v apt-get >/dev/null || {
    echo "varve: these Debian packages are missing, and there is no apt-get to install them:$missing" >&2
    exit 1
}
echo "varve: installing the missing Debian packages:$missing"
sudo=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "varve: not root and no sudo; as root, run: apt-get install$missing" >&2
        exit 1
    }
    sudo=sudo
fi
# shellcheck disable=SC2086
$sudo apt-get install -y -q --no-install-recommends $missing >/dev/null 2>&1 || {
    $sudo apt-get update -q >/dev/null
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
}
