#!/usr/bin/env bash
# Debian packages that the tests need: installed when run as root, named otherwise.
set -euo pipefail
missing=()
need() { command -v "$1" >/dev/null || compgen -G "$2" >/dev/null || missing+=("$3"); }
need initdb '/usr/lib/postgresql/*/bin/initdb' postgresql
need node /usr/bin/node nodejs
need npm /usr/bin/npm npm
need openssl /usr/bin/openssl openssl
need gcc /usr/bin/gcc gcc
need curl /usr/bin/curl curl
need tshark /usr/bin/tshark tshark
need baresip /usr/bin/baresip baresip-core
need sipp /usr/bin/sipp sip-tester
need espeak-ng /usr/bin/espeak-ng espeak-ng
need sox /usr/bin/sox sox
need libsox-fmt-base '/usr/lib/*/sox/libsox_fmt_*.so' libsox-fmt-base
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ]; then
    echo "lotsman: the tests need: apt-get install ${missing[*]}" >&2
    exit 1
fi
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
