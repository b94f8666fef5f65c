#!/usr/bin/env bash
# Installs from Debian what is missing: scripts/dependencies.sh GROUP...
# Says in one line what it installs, and nothing when all is there. Works on a bare Debian 12 or 13 root:
# without sudo when run by root, without a compiler, with empty package lists.
set -euo pipefail

# A package; package:command where the command may also come from elsewhere; or alternatives, a|b, of which one
# is enough: the first that the system offers is installed. An empty last one, a|, says that it goes without, too.
declare -A packages=(
  [build]='g++ cmake ninja-build pkg-config
    libboost1.81-dev|libboost1.83-dev
    libboost-filesystem1.81-dev|libboost-filesystem1.83-dev
    libboost-json1.81-dev|libboost-json1.83-dev
    libboost-program-options1.81-dev|libboost-program-options1.83-dev
    libboost-system1.81-dev|libboost-system1.83-dev
    libboost-url1.81-dev|libboost-url1.83-dev
    libcurl4-openssl-dev libssl-dev libfmt-dev libsodium-dev libsystemd-dev libkainjow-mustache-dev libjpeg62-turbo-dev libutfcpp-dev zlib1g-dev'
  # Certificates of those that vouch for others: for an https:// stream.
  [run]='ustreamer ffmpeg v4l-utils ca-certificates'
  # /bin/kill, by which the unit has a new certificate read.
  [service]='procps'
  [test]='catch2 openssl'
  # Versions of clang-format differ in what they make of the same file: another than 14 is of no use.
  [lint]='shellcheck clang-format-14|'
  # Chromium draws no text without a font; npm checks certificates against those of the system; openssl makes some for tests, nginx and
  # Apache are proxies that README.md describes, as is what man shows; Caddy, too, which is large: its tests run where it is there.
  [web]='chromium firefox-esr fonts-dejavu-core ca-certificates nodejs:node npm:npm openssl curl:curl nginx-light apache2-bin libnss3-tools:certutil man-db:man'
  [tidy]='clang-tidy-14 clang-14'
  [clang]='clang-14'
  [fuzz]='clang-14 libclang-rt-14-dev'
  [coverage]='gcovr'
  [bench]='python3:python3 curl:curl'
  [bench-archive]='nginx-light'
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

# All names that the list knows, each with its state: one call, which takes longer than all else here.
IFS='| ' read -r -a names <<< "${wanted[*]}"
installed=$'\n'$(dpkg-query --show --showformat='${db:Status-Abbrev} ${Package}\n' "${names[@]}" \
  2> /dev/null || true)$'\n'

is_there() {
  local alternatives alternative
  [[ $1 != *:* ]] || { command -v "${1#*:}" > /dev/null; return; }
  IFS='|' read -r -a alternatives <<< "$1"
  for alternative in "${alternatives[@]}"; do
    # Also one that is held (hi), or to be removed (ri).
    [[ $installed != *$'\n'?"i  $alternative"$'\n'* ]] || return 0
  done
  return 1
}

missing=()
for package in "${wanted[@]}"; do
  is_there "$package" || missing+=("${package%:*}")
done
((${#missing[@]})) || exit 0

lists_are_empty() {
  ! compgen -G '/var/lib/apt/lists/*Packages*' > /dev/null
}

# Sets chosen: what is missing, by the names that this system offers. One that it does not is left as it is, for
# apt to say so, unless it can be done without.
choose() {
  local offered package alternative
  IFS='| ' read -r -a names <<< "${missing[*]}"
  offered=$'\n'$(apt-cache show --no-all-versions "${names[@]}" 2> /dev/null | sed -n 's/^Package: //p')$'\n'
  chosen=()
  for package in "${missing[@]}"; do
    IFS='|' read -r -a names <<< "$package"
    for alternative in "${names[@]}"; do
      [[ $offered == *$'\n'"$alternative"$'\n'* ]] || continue
      chosen+=("$alternative")
      continue 2
    done
    [[ $package == *'|' ]] || chosen+=("${names[0]}")
  done
}

choose
((${#chosen[@]})) || lists_are_empty || exit 0

as_root=()
if ((EUID != 0)); then
  command -v sudo > /dev/null ||
    fail "missing: ${chosen[*]}; run as root, or install sudo, or: apt-get install ${chosen[*]}"
  as_root=(sudo)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" \
    < /dev/null >> "$log" 2>&1
}

# What is in the way belongs to somebody: another Boost, say, that other projects are built with.
install() {
  apt install --no-install-recommends --no-remove "${chosen[@]}"
}

# What would have to go.
in_the_way() {
  apt-get -s -q -y install --no-install-recommends "${chosen[@]}" 2> /dev/null | sed -n 's/^Remv \([^ ]*\).*/\1/p'
}

updated=
update() {
  updated=yes
  apt update && choose
}

if lists_are_empty; then
  # Without lists nothing is known to be offered. That this failed shows below.
  update || true
fi
((${#chosen[@]})) || exit 0
echo "Installing from Debian: ${chosen[*]}"
# The lists may be old: then packages are missing from the server, and new lists cure it.
install || { [[ ! $updated ]] && update && install; } || {
  mapfile -t conflicts < <(in_the_way)
  ((${#conflicts[@]} == 0)) ||
    fail "these packages would have to go, which you may need: ${conflicts[*]}
              Take them away yourself (apt-get remove), or install a package that is built elsewhere: scripts/install.sh --package FILE"
  tail -n 25 "$log" >&2
  fail "apt-get could not install: ${chosen[*]}"
}
