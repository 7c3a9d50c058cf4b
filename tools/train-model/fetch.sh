#!/bin/sh
# Fetches and unpacks the packages that the built-in model is trained on: fetch.sh WORK [LIST]
# WORK/debs keeps what was fetched; WORK/files/PACKAGE has its files; WORK/descriptions-LANGUAGE what packages
# are for. Only for whoever trains again: no program of varve fetches anything.
set -eu
work=$(mkdir -p "${1:?usage: fetch.sh WORK [LIST]}" && realpath "$1")
list=$(realpath "${2:-$(dirname "$0")/packages.txt}")
mkdir -p "$work/debs" "$work/files" "$work/lists/partial"
# With a cache of its own: where the system keeps none, each call would read all lists again.
cache="-o Dir::Cache::pkgcache=$work/pkgcache.bin -o Dir::Cache::srcpkgcache=$work/srcpkgcache.bin"
grep -v '^#' "$list" | while read -r package; do
    [ -d "$work/files/$package" ] && continue
    # shellcheck disable=SC2086
    ls "$work/debs/${package}"_*.deb >/dev/null 2>&1 ||
        (cd "$work/debs" && apt-get -q $cache download "$package" >/dev/null </dev/null) || {
        echo "fetch.sh: '$package' cannot be had" >&2
        continue
    }
    rm -rf "$work/files/$package.part"
    dpkg-deb -x "$work/debs/${package}"_*.deb "$work/files/$package.part"
    mv "$work/files/$package.part" "$work/files/$package"
done
# What each package of the distribution says of itself, in short and at length.
apt-get -q -o Dir::State::Lists="$work/lists" -o Acquire::Languages=en,de,ru,zh_CN update >/dev/null
for language in en de ru zh; do
    for part in "$work"/lists/*_Translation-"$language"*; do
        /usr/lib/apt/apt-helper cat-file "$part"
    done >"$work/descriptions-$language"
done
# Names and versions, for the model card.
grep -v '^#' "$list" | while read -r package; do
    ls "$work/debs/${package}"_*.deb >/dev/null 2>&1 || continue
    dpkg-deb -f "$work/debs/${package}"_*.deb Package Version | sed 's/^[A-Za-z]*: //' | paste -sd ' '
done >"$work/sources.txt"
