#!/usr/bin/env bash
# For the checks beside it, which read it: `root` is the checkout, `scratch` a folder of one's own that goes at the end, and
# `log` the file in it that fail shows.

# shellcheck disable=SC2034 # for them
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
log=$scratch/log

# fail WHY: ends the check.
fail() {
  echo "$(basename "$0" .sh): $1" >&2
  [[ ! -s $log ]] || cat "$log" >&2
  exit 1
}
