#!/usr/bin/env bash
# Feeds the parsers what libFuzzer makes up: scripts/fuzz.sh [SECONDS [TARGET...]]
# 600 seconds each, one after the other: listing, requests, stored, stream (test/fuzz). Each begins with the seeds of the test
# suite and with what it has found before, in build/fuzz/corpus; an input that breaks a promise is left in build/fuzz/found,
# and its stack above in the output. Exit status 1 when there was one.
set -euo pipefail

seconds=${1:-600}
targets=("${@:2}")
((${#targets[@]})) || targets=(listing requests stored stream)
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "fuzz: '$seconds' are no seconds" >&2; exit 2; }
programs=()
for target in "${targets[@]}"; do
  [[ -f test/fuzz/${target}_target.cpp ]] || { echo "fuzz: there is no target '$target'" >&2; exit 2; }
  programs+=("fuzz_$target" "fuzz_${target}_endless")
done
scripts/dependencies.sh fuzz
scripts/build.sh fuzz "${programs[@]}"

# Seeds that are there already are written over with the same.
write_seeds() {
  if [[ $1 == listing ]]; then
    cp test/fixtures/v4l2-ctl-1.22.1-vivid/listctrlsmenus.txt "$2"
  else
    "build/fuzz/fuzz_$1" --seeds "$2"
  fi
}

failed=0
for target in "${targets[@]}"; do
  corpus=build/fuzz/corpus/$target
  found=build/fuzz/found/$target
  mkdir -p "$corpus" "$found"
  write_seeds "$target" "$corpus"
  echo "$target, $seconds s:"
  log=build/fuzz/$target.log
  if ASAN_OPTIONS=detect_stack_use_after_return=1 "build/fuzz/fuzz_${target}_endless" -max_total_time="$seconds" \
    -artifact_prefix="$found/" -print_final_stats=1 "$corpus" > "$log" 2>&1; then
    grep -E '^stat::number_of_executed_units' "$log"
  else
    failed=1
    tail -n 60 "$log"
  fi
done
exit "$failed"
