#!/usr/bin/env bash
# Tells which lines of lib/ did not run: scripts/checks/coverage.sh BUILD_FOLDER
# For each file with such lines, their numbers; then the share of lines that ran, a room and all of them.
# A line that no test can run says so and why, and is not counted:
#   abort();  // GCOV_EXCL_LINE: only a bug of ours comes here
# and several from // GCOV_EXCL_START: reason to // GCOV_EXCL_STOP.
set -euo pipefail

build=$1
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if grep -rnE 'GCOV_EXCL_(LINE|START)' lib | grep -vE 'GCOV_EXCL_(LINE|START): .{10}'; then
  echo "these leave lines out without a reason" >&2
  exit 1
fi

counts=$build/coverage.json
gcovr --root . --filter lib/ --exclude-unreachable-branches --json "$counts" "$build"

# of FILTER ARGUMENTS...: from the counts.
of() {
  gcovr --root . --filter "$1" --add-tracefile "$counts" "${@:2}"
}

# The table beside the summary goes to a file: gcovr removes what it is to write to, /dev/null too.
table=$build/coverage.txt

share() {
  of "$1" --print-summary --output "$table" | sed -n 's/^lines: \([0-9.]*%\) (\(.*\) out of \(.*\))/\1 \2 \3/p'
}

# Columns are file, lines, run, share, numbers; a file of which all ran has no numbers, and a long name a line of its own.
echo "Lines of lib/ that no test runs:"
of lib/ | awk '
  /^-+$/ || /^=+$/ || $1 == "File" || $1 == "TOTAL" { next }
  NF == 1 && $1 ~ /^lib\// { name = $1; next }
  $1 ~ /^lib\// { name = $1; $1 = ""; $0 = $0 }
  NF == 4 && name { printf "  %s: %s\n", name, $4 }
  NF < 4 { next }'
echo
printf '%-16s %8s %8s\n' room share "not run"
for room in lib/*/ lib/; do
  read -r percent ran all < <(share "$room") || continue
  printf '%-16s %8s %8d\n' "${room%/}" "$percent" $((all - ran))
done
