#!/usr/bin/env bash
# Every setting that the program knows stands in config/mini-dvr.conf with its default, and no other:
# scripts/checks/config_keys.sh PROGRAM
set -euo pipefail

program=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
config=$root/config/mini-dvr.conf

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The file as it stands changes nothing...
env -i "$program" --config "$config" --check-config > "$scratch/shipped"
if grep -v '  # default$' "$scratch/shipped" >&2; then
  echo "config/mini-dvr.conf sets something; all of it should be commented out" >&2
  exit 1
fi

# ... and with every # in front of a key taken away neither: all keys are there, with their defaults.
sed 's/^#\([a-z0-9_]* *=\)/\1/' "$config" > "$scratch/all.conf"
env -i "$program" --config "$scratch/all.conf" --check-config > "$scratch/all"
if grep '  # default$' "$scratch/all" >&2; then
  echo "config/mini-dvr.conf does not name these settings" >&2
  exit 1
fi
# These depend on where the program is.
values() {
  sed -e 's/  # .*//' -e '/^recordings_dir = /d' -e '/^accounts_file = /d' -e '/^state_dir = /d' "$1"
}
if ! diff <(values "$scratch/shipped") <(values "$scratch/all") >&2; then
  echo "config/mini-dvr.conf shows other values than the defaults" >&2
  exit 1
fi
