#!/bin/sh
# usage: scripts/install-zt-mock.sh FOLDER
#
# Puts zt-mock, as released with the provider, into FOLDER, once its checksum is right. ZT_RELEASES may name a mirror of
# the releases. Needs curl and unzip.
set -eu

version=0.1.0
releases=${ZT_RELEASES:-https://github.com/zt-okta/terraform-provider-zt/releases/download}

case $(uname -m) in
x86_64) arch=amd64 ;;
aarch64 | arm64) arch=arm64 ;;
*) arch=$(uname -m) ;;
esac
archive=zt-mock_${version}_$(uname -s | tr '[:upper:]' '[:lower:]')_$arch.zip

mkdir -p "$1"
cd "$1"
for file in "$archive" "zt-mock_${version}_SHA256SUMS"; do
    curl --silent --show-error --fail --location --output "$file" "$releases/v$version/$file"
done
# A list without the archive would check nothing.
grep "  $archive\$" "zt-mock_${version}_SHA256SUMS" | sha256sum -c -
unzip -q -o "$archive" zt-mock
rm "$archive" "zt-mock_${version}_SHA256SUMS"
# For the steps after this one.
[ -z "${GITHUB_PATH:-}" ] || pwd >>"$GITHUB_PATH"
