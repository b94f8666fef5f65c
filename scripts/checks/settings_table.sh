#!/usr/bin/env bash
# The tables of settings in README.md and README.es.md are those of the program:
#   scripts/checks/settings_table.sh PROGRAM          fails, and shows the difference, when they are not
#   scripts/checks/settings_table.sh PROGRAM --write  writes that of README.md
# Of README.es.md, whose words are its own, keys and defaults are compared.
set -euo pipefail

program=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readme=$root/README.md
spanish=$root/README.es.md
readonly begin='<!-- settings: scripts/checks/settings_table.sh PROGRAM --write -->'
readonly end='<!-- end of settings -->'

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Of a setting --help has two lines: "  --KEY MEANING" and "  ALLOWED; default: DEFAULT". Where recordings and accounts
# are depends on where the program is; what is meant is the last part.
env -i "$program" --help | awk '
  BEGIN { print "| key | default | | allowed |\n|---|---|---|---|" }
  /^Settings, as options/ { in_settings = 1 }
  in_settings && /^  --/ { key = substr($1, 3); meaning = $0; sub(/^  --[^ ]+ +/, "", meaning); next }
  in_settings && key != "" {
    allowed = $0; sub(/^ +/, "", allowed)
    value = allowed; sub(/.*; default: /, "", value); sub(/; default: .*/, "", allowed)
    if (key == "recordings_dir" || key == "accounts_file") sub(/.*\//, "", value)
    printf "| `%s` | %s | %s | %s |\n", key, value == "empty" ? "" : "`" value "`", meaning, allowed
    key = ""
  }' > "$scratch/wanted"
[[ $(wc -l < "$scratch/wanted") -gt 20 ]] || {
  echo "no settings are understood of what $program --help prints" >&2
  exit 1
}

# table_of FILE: what stands between the two comments.
table_of() {
  awk -v begin="$begin" -v end="$end" '$0 == begin { inside = 1; next } $0 == end { inside = 0 } inside' "$1"
}

if [[ ${2:-} == --write ]]; then
  awk -v begin="$begin" -v end="$end" -v table="$scratch/wanted" '
    $0 == end { inside = 0 }
    !inside
    $0 == begin { inside = 1; while ((getline line < table) > 0) print line }' "$readme" > "$scratch/readme"
  cp "$scratch/readme" "$readme"
fi

failed=0
if ! diff <(table_of "$readme") "$scratch/wanted" >&2; then
  echo "the settings in README.md are not those of the program; $0 PROGRAM --write mends that" >&2
  failed=1
fi
keys_and_defaults() {
  awk -F ' *[|] *' 'NR > 2 { print $2, $3 }' "$1"
}
if [[ -e $spanish ]]; then
  table_of "$spanish" > "$scratch/spanish"
  if ! diff <(keys_and_defaults "$scratch/spanish") <(keys_and_defaults "$scratch/wanted") >&2; then
    echo "keys or defaults in README.es.md are not those of the program" >&2
    failed=1
  fi
fi
exit "$failed"
