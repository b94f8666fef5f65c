#!/usr/bin/env bash
# What the service may do is as little as it was: scripts/checks/unit_exposure.sh
# Goes by `systemd-analyze security`, which counts what a unit leaves open, from 0 to 10.
set -euo pipefail

readonly most=15 # tenths; the unit says what stays open, and why
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Programs and man pages need not be installed for that; all else has to be right.
unit=$scratch/mini-dvr.service
sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' "$root/systemd/mini-dvr.service" > "$unit"
said=$(systemd-analyze verify --man=no "$unit" 2>&1) || { echo "$said" >&2; exit 1; }
if grep -F mini-dvr.service <<< "$said" >&2; then
  echo "systemd does not understand all of systemd/mini-dvr.service" >&2
  exit 1
fi

# Cameras may be plugged in at any time, also where V4L2 is loaded with the first one: their name is not known to a unit
# that starts before, and nothing of them may be waited for.
grep -qx 'DeviceAllow=char-81 rw' "$unit" || { echo "the unit does not allow all devices of V4L2 by their number" >&2; exit 1; }
if grep -nE '^[^#]*(char-video4linux|/dev/video|dev-video)' "$unit" >&2; then
  echo "the unit names cameras that need not be there when it starts" >&2
  exit 1
fi

table=$(systemd-analyze security --no-pager --offline=true "$unit")
exposure=$(sed -n 's/.*Overall exposure level for mini-dvr.service: \([0-9]*\)\.\([0-9]\) .*/\1\2/p' <<< "$table")
[[ $exposure ]] || { echo "systemd-analyze tells no exposure level: $table" >&2; exit 1; }
if ((10#$exposure > most)); then
  grep '^✗' <<< "$table" >&2
  echo "the exposure level of systemd/mini-dvr.service is $exposure tenths; allowed are $most" >&2
  exit 1
fi
echo "exposure level: $exposure tenths"
