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

# sum_up SUM FOLDER...: adds counts, a folder for each process, to those of the tests, in the new folder SUM. A process
# that was killed while it wrote has left what can not be read: it is told, and what only it ran counts as not run.
sum_up() {
  local sum=$1 folder
  mkdir "$sum"
  (cd "$build" && find . -name '*.gcda' -exec cp --parents {} "$sum" \;)
  for folder in "${@:2}"; do
    if gcov-tool merge "$folder" "$sum" -o "$sum.next" > "$sum.log" 2>&1; then
      rm -r "$sum"
      mv "$sum.next" "$sum"
    else
      rm -rf "$sum.next"
      echo "not read: ${folder%"$PWD"*}"
    fi
  done
}

# Each process of the program counts for itself: see test/coverage. What is told is only whether a line ran: that the tests'
# counts are in each sum does no harm.
if [[ -d $build/counts ]]; then
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  mv "$build/counts" "$scratch/counts"
  folders=("$scratch"/counts/*"$PWD/$build")
  jobs=$(nproc)
  share=$(((${#folders[@]} + jobs - 1) / jobs))
  pids=()
  for ((from = 0; from < ${#folders[@]}; from += share)); do
    sum_up "$scratch/sum$from" "${folders[@]:from:share}" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
  echo "Counts of ${#folders[@]} processes"
  rm -r "$scratch/counts"
  sum_up "$scratch/all" "$scratch"/sum*[0-9]
  cp -r "$scratch/all/." "$build/"
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
