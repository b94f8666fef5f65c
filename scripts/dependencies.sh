#!/usr/bin/env bash
# Installs from Debian what is missing: scripts/dependencies.sh GROUP...
# Says in one line what it installs, and nothing when all is there. Works on a bare Debian 12 root:
# without sudo when run by root, without a compiler, with empty package lists.
set -euo pipefail

# A package, or package:command where the command may also come from elsewhere.
declare -A packages=(
  [build]='g++ cmake ninja-build pkg-config
    libboost1.81-dev libboost-filesystem1.81-dev libboost-json1.81-dev
    libboost-program-options1.81-dev libboost-system1.81-dev libboost-url1.81-dev
    libfmt-dev libsystemd-dev libkainjow-mustache-dev libjpeg62-turbo-dev'
  [run]='ustreamer ffmpeg v4l-utils'
  [test]='catch2'
  [lint]='shellcheck clang-format-14'
  # Chromium draws no text without a font; npm checks certificates against those of the system; openssl makes one for a test.
  [web]='chromium firefox-esr fonts-dejavu-core ca-certificates nodejs:node npm:npm openssl'
  [tidy]='clang-tidy-14 clang-14'
  [clang]='clang-14'
  [bench]='python3:python3'
  [fresh-root]='mmdebstrap git:git'
)

fail() {
  echo "dependencies: $1" >&2
  exit 1
}

wanted=()
for group in "$@"; do
  [[ ${packages[$group]:-} ]] || fail "unknown group '$group'; known are: ${!packages[*]}"
  read -r -d '' -a of_group <<< "${packages[$group]}" || true
  wanted+=("${of_group[@]}")
done

command -v dpkg-query > /dev/null || fail "this system has no dpkg; install by hand: ${wanted[*]}"

by_name=()
missing=()
for package in "${wanted[@]}"; do
  if [[ $package != *:* ]]; then
    by_name+=("$package")
  elif ! command -v "${package#*:}" > /dev/null; then
    missing+=("${package%:*}")
  fi
done
if ((${#by_name[@]})); then
  installed=$(dpkg-query --show --showformat='${db:Status-Abbrev} ${Package}\n' "${by_name[@]}" \
    2> /dev/null || true)
  for package in "${by_name[@]}"; do
    [[ $'\n'$installed$'\n' == *$'\n'"ii  $package"$'\n'* ]] || missing+=("$package")
  done
fi
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
  command -v sudo > /dev/null ||
    fail "missing: ${missing[*]}; run as root, or install sudo, or: apt-get install ${missing[*]}"
  as_root=(sudo)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" \
    < /dev/null >> "$log" 2>&1
}

install() {
  apt install --no-install-recommends "${missing[@]}"
}

lists_are_empty() {
  ! compgen -G '/var/lib/apt/lists/*Packages*' > /dev/null
}

echo "Installing from Debian: ${missing[*]}"
if lists_are_empty; then
  apt update && install
else
  # The lists may be old: then packages are missing from the server, and new lists cure it.
  install || { apt update && install; }
fi || {
  tail -n 25 "$log" >&2
  fail "apt-get could not install: ${missing[*]}"
}
