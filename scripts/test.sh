#!/usr/bin/env bash
# Runs the tests, whatever is missing installed and built first: scripts/test.sh [stage...]
#   lint         shell scripts, formatting (where clang-format 14 is there), long functions, config/mini-dvr.conf,
#                man page and completion, what the service may do (where systemd-analyze is there),
#                alerts (where promtool is there),
#                settings in README.md
#   unit         unit tests, with the address and undefined behaviour sanitizers
#   integration  the program with the same sanitizers, and the real ustreamer, ffmpeg and v4l2-ctl on the
#                virtual camera; long recordings and what is measured: as users run it
#   web          its dashboard in a headless Chromium and Firefox, its API, and what README.md says of it
#   release      all integration tests with the program as users run it
#   tidy         clang-tidy over all sources (slow)
#   clang        build with clang++ 14, and its unit tests
#   tsan         unit and integration tests with the thread sanitizer
#   coverage     unit and integration tests again, and which lines of lib/ they do not run
# Without a stage: lint, unit, integration and web, as CI does. all: every one. Logs are in build/test-logs.
set -euo pipefail

readonly default_stages=(lint unit integration web)
readonly all_stages=("${default_stages[@]}" release clang tsan tidy coverage)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
logs=build/test-logs
mkdir -p "$logs"

# Settings of whoever runs the tests are not those of the tests.
readonly full=${MINIDVR_TEST_FULL:-}
unset "${!MINIDVR_@}"

passed=0
failed=0
skipped=0

# what_failed LOG: the checks of Catch2 that failed, each with its test; the end of a log without such.
what_failed() {
  awk '/^-+$/ { if (!in_title) title = ""; in_title = !in_title; next }
       in_title { title = title $0; next }
       /: FAILED:/ && found < 10 { if (title != "") print title; title = ""; left = 15; ++found }
       left > 0 { print; left = $0 == "" ? 0 : left - 1 }
       END { exit !found }' "$1" || tail -n 60 "$1"
}

# report NAME PASSED FAILED SECONDS LOG: a line, and what went wrong.
report() {
  passed=$((passed + $2))
  failed=$((failed + $3))
  if (($3 == 0)); then
    printf '%-18s ok      %4d passed  %15d s\n' "$1" "$2" "$4"
    return
  fi
  printf '%-18s FAILED  %4d passed %4d failed %4d s\n' "$1" "$2" "$3" "$4"
  what_failed "$5" | sed 's/^/    /'
  echo "    (all of it: $5)"
}

# A stage that hangs is ended; one that a slow and busy machine takes an hour for is not.
readonly limit=7200s

# limited COMMAND...: ends it when it has not ended after $limit.
limited() {
  timeout --kill-after=20s "$limit" "$@" < /dev/null
}

# begin LOG COMMAND...: runs it beside what comes next, as process $begun.
begun=
begin() {
  timeout --kill-after=20s "$limit" "${@:2}" < /dev/null > "$1" 2>&1 &
  begun=$!
}

# check NAME COMMAND...: one test that is a command.
check() {
  local name=$1 start=$SECONDS log="$logs/$1.log"
  shift
  if "$@" > "$log" 2>&1 < /dev/null; then
    report "$name" 1 0 $((SECONDS - start)) "$log"
  else
    report "$name" 0 1 $((SECONDS - start)) "$log"
  fi
}

# built PRESET TARGET...: builds; a build that fails is a failed test.
built() {
  local log="$logs/build-$1.log" start=$SECONDS
  if scripts/build.sh "$@" > "$log" 2>&1; then
    if grep -q '^Built' "$log"; then
      printf '%-18s ok %32d s\n' "build $1" $((SECONDS - start))
    fi
    return 0
  fi
  report "build $1" 0 1 $((SECONDS - start)) "$log"
  return 1
}

# catch NAME PROGRAM [TESTS]: one run of a Catch2 program.
catch() {
  local name=$1 start=$SECONDS log=$logs/${1// /-}.log status=0
  shift
  limited "$@" > "$log" 2>&1 || status=$?
  catch_report "$name" "$log" "$status" $((SECONDS - start))
}

# catch_report NAME LOG STATUS SECONDS: what one run of a Catch2 program came to.
catch_report() {
  local name=$1 log=$2 status=$3 seconds=$4 good bad
  # "All tests passed (9 assertions in 4 test cases)" or "test cases: 4 | 3 passed | 1 failed"
  good=$(sed -n -e 's/^All tests passed (.* in \([0-9]*\) test cases\?)$/\1/p' \
    -e 's/^test cases:.*| *\([0-9]*\) passed.*/\1/p' "$log" | tail -n 1)
  bad=$(sed -n 's/^test cases:.*| *\([0-9]*\) failed.*/\1/p' "$log" | tail -n 1)
  if ((status != 0)) && [[ -z $bad || $bad == 0 ]]; then
    # It died, hung, or a sanitizer spoke after the last test.
    bad=1
    echo "ended with status $status" >> "$log"
  elif [[ -z $good && -z $bad ]]; then
    bad=1
    echo "no test ran" >> "$log"
  fi
  report "$name" "${good:-0}" "${bad:-0}" "$seconds" "$log"
}

# left_out NAME REASON: a test that can not be run here.
left_out() {
  skipped=$((skipped + 1))
  printf '%-18s skipped: %s\n' "$1" "$2"
}

own_sources() {
  find app lib test -name node_modules -prune -o \( -name '*.cpp' -o -name '*.hpp' \) -print
}

# Only that of one version: they differ in what they make of the same file.
format_check() {
  local unformatted
  unformatted=$(own_sources | xargs clang-format-14 --dry-run 2>&1 |
    sed -n 's/^\(.*\):[0-9]*:[0-9]*: warning: .*/\1/p' | sort -u)
  [[ -z $unformatted ]] || {
    echo "clang-format-14 -i would change:"
    echo "$unformatted"
    return 1
  }
}

function_length_check() {
  find app lib -name '*.cpp' -exec scripts/checks/function_length.sh {} +
}

shell_check() {
  shellcheck .ci/run scripts/*.sh scripts/checks/*.sh
  shellcheck --shell=bash completion/mini-dvr
}

stage_lint() {
  check shellcheck shell_check
  if command -v clang-format-14 > /dev/null; then
    check clang-format format_check
  else
    left_out clang-format "there is no clang-format-14"
  fi
  check function-length function_length_check
  check cleanup scripts/checks/cleanup_recordings.sh
  check dependencies scripts/checks/dependencies.sh
  check run scripts/checks/run.sh
  check build-folder scripts/checks/build_folder.sh
  check maintainer-scripts scripts/checks/maintainer_scripts.sh
  if command -v promtool > /dev/null; then
    check alerts promtool test rules test/config/alerts.test.yml
  else
    left_out alerts "there is no promtool"
  fi
  if command -v systemd-analyze > /dev/null; then
    check unit-exposure scripts/checks/unit_exposure.sh
  else
    left_out unit-exposure "there is no systemd-analyze"
  fi
  built release all || return 0
  check service-settings scripts/checks/service_settings.sh
  check config-keys scripts/checks/config_keys.sh build/release/mini-dvr
  check manual scripts/checks/manual.sh build/release/mini-dvr build/release/mini-dvr.1
  check ignored scripts/checks/ignored.sh build/release/mini-dvr
  check settings-table scripts/checks/settings_table.sh build/release/mini-dvr
}

readonly fuzz_seed=test/fixtures/v4l2-ctl-1.22.1-vivid/listctrlsmenus.txt

# The tests themselves are built once, with the sanitizers.
export ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1

# test_names PROGRAM TESTS...: of Catch2 2 or 3, a line each.
test_names() {
  if [[ $("$1" --help) == *--list-test-names-only* ]]; then
    "$1" --list-test-names-only "${@:2}" || true # it ends with their number
  else
    "$1" --list-tests --verbosity quiet "${@:2}"
  fi
}

# in_halves PROGRAM TESTS A B: writes their names to two files that --input-file takes, every other one to A.
in_halves() {
  test_names "$1" "$2" | sed 's/[],[\\]/\\&/g' | awk -v a="$3" -v b="$4" '{ print > (NR % 2 ? a : b) }'
  [[ $(test_names "$1" "$2" | wc -l) == $(cat <(test_names "$1" --input-file "$3") <(test_names "$1" --input-file "$4") | wc -l) ]]
}

# catch_halves NAME TESTS COMMAND...: as catch, one half beside the other: tests mostly wait.
catch_halves() {
  local name=$1 start=$SECONDS log=$logs/${1// /-} status=0 other
  check "$name-halves" in_halves "${*: -1}" "$2" "$log-a.txt" "$log-b.txt"
  begin "$log-b.log" "${@:3}" --durations yes --input-file "$log-b.txt"
  other=$begun
  catch "$name a" "${@:3}" --durations yes --input-file "$log-a.txt"
  wait "$other" || status=$?
  catch_report "$name b" "$log-b.log" "$status" $((SECONDS - start))
}

# unit_tests_of PRESET NAME [TESTS]
unit_tests_of() {
  catch_halves "$2" "${3:-~[.]}" env ${full:+MINIDVR_TEST_FULL=1} "build/$1/unit_tests"
  check "$2-fuzz" "build/$1/fuzz_listing" "$fuzz_seed"
  for target in stream stored requests; do
    check "$2-fuzz-$target" "build/$1/fuzz_$target"
  done
}

stage_unit() {
  built asan all || return 0
  unit_tests_of asan unit
}

# The long recordings run beside the others.
# With the sanitizers everything takes several times as long: long recordings are shorter, and what is tagged [plain]
# is left out: what has a library [preload]ed, which runs beside the long ones, and what is measured, which has the machine
# for itself in the end.
stage_integration() {
  local start=$SECONDS as_users=$logs/integration-long.log long status=0
  { built release all && built asan all; } || return 0
  TEST_PROGRAM=$root/build/release/mini-dvr begin "$as_users" \
    build/asan/integration_tests --durations yes '[long]~[plain],[preload]'
  long=$begun
  TEST_QUICK=1 catch_halves integration '~[plain]' build/asan/integration_tests
  wait "$long" || status=$?
  catch_report "integration long" "$as_users" "$status" $((SECONDS - start))
  TEST_PROGRAM=$root/build/release/mini-dvr MINIDVR_TEST_FULL=$full \
    catch "power cuts" build/asan/power_cut_tests
  end_web
  TEST_PROGRAM=$root/build/release/mini-dvr catch "integration plain" \
    build/asan/integration_tests '[plain]~[preload]'
}

stage_release() {
  { built release all && built asan all; } || return 0
  TEST_PROGRAM=$root/build/release/mini-dvr catch release build/asan/integration_tests
}

stage_tsan() {
  built tsan all || return 0
  unit_tests_of tsan "tsan unit" '~[vfork]'
  TEST_QUICK=1 catch tsan build/tsan/integration_tests '~[plain]'
}

stage_clang() {
  built clang all || return 0
  unit_tests_of clang "clang unit"
}

# To count costs time: what is measured is left out, and long recordings are shorter. What has a library [preload]ed is
# most of the trouble there is.
stage_coverage() {
  built coverage all || return 0
  rm -rf build/coverage/counts
  find build/coverage -name '*.gcda' -delete
  unit_tests_of coverage "coverage unit"
  TEST_QUICK=1 catch_halves "coverage tests" '~[plain],[preload]' build/coverage/integration_tests
  check coverage scripts/checks/coverage.sh build/coverage
  cat "$logs/coverage.log"
}

# As clang would build it, without precompiled headers: clang-tidy does not know those, nor the options, of g++.
tidy_check() {
  cmake --preset clang -B build/tidy -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON
  find app lib test -name '*.cpp' ! -path 'test/fuzz/*' -print0 |
    xargs -0 -n 1 -P "$(nproc)" clang-tidy-14 --quiet -p build/tidy 2> /dev/null
}

stage_tidy() {
  check clang-tidy tidy_check
}

# What the lockfile names is in node_modules.
node_modules_are_there() {
  [[ node_modules/.package-lock.json -nt package-lock.json ]]
}

# The browser's tests wait most of their time: two files at once, beside the other stages, and ended before what is measured begins.
# How smooth the page is is measured: a browser without a graphics card takes a processor for itself.
readonly web_measured=test/web/smoothness.test.mjs
web_pid=

begin_web() {
  local file files=()
  web_start=$SECONDS
  built release all || return 0
  if ! node_modules_are_there && ! npm ci --no-progress > "$logs/npm.log" 2>&1 < /dev/null; then
    report "npm ci" 0 1 $((SECONDS - web_start)) "$logs/npm.log"
    return 0
  fi
  for file in test/web/*.test.mjs; do
    [[ $file == "$web_measured" ]] || files+=("$file")
  done
  begin "$logs/web.log" \
    node --test --test-concurrency=2 --test-reporter=spec "${files[@]}"
  web_pid=$begun
}

# node_report NAME LOG STATUS SECONDS: what one run of node's tests came to.
node_report() {
  local name=$1 log=$2 status=$3 seconds=$4 good bad skip
  # Lines such as "i pass 12" close it.
  count_of() {
    sed -n "s/^[^a-z]* $1 \([0-9][0-9]*\)\$/\1/p" "$log" | tail -n 1
  }
  good=$(count_of pass)
  bad=$(($(count_of fail || true) + $(count_of cancelled || true)))
  skip=$(count_of skipped)
  skipped=$((skipped + ${skip:-0}))
  if ((bad == 0)) && { ((status != 0)) || [[ -z $good ]]; }; then
    bad=1
    echo "node ended with status $status" >> "$log"
  fi
  report "$name" "${good:-0}" "$bad" "$seconds" "$log"
}

# Waits for those that were begun, and measures.
end_web() {
  local status=0
  [[ -n $web_pid ]] || return 0
  wait "$web_pid" || status=$?
  web_pid=
  node_report web "$logs/web.log" "$status" $((SECONDS - web_start))
  web_start=$SECONDS
  status=0
  limited node --test --test-reporter=spec "$web_measured" > "$logs/web-measured.log" 2>&1 || status=$?
  node_report "web measured" "$logs/web-measured.log" "$status" $((SECONDS - web_start))
}

stages=("$@")
((${#stages[@]})) || stages=("${default_stages[@]}")
[[ ${stages[*]} == all ]] && stages=("${all_stages[@]}")

# wanted STAGE: whether it was asked for.
wanted() {
  [[ " ${stages[*]} " == *" $1 "* ]]
}

groups=(build run test)
for stage in "${stages[@]}"; do
  case $stage in
    lint | web | tidy | clang | coverage) groups+=("$stage") ;;
    unit | integration | release | tsan) ;;
    *)
      echo "test: unknown stage '$stage'; known are: ${all_stages[*]} all" >&2
      exit 2
      ;;
  esac
done
scripts/dependencies.sh "${groups[@]}"

# What ends this ends what was begun, too.
trap 'kill $(jobs -p) 2> /dev/null || true' EXIT

wanted lint && stage_lint
# Not beside a build: both would take all there is, and longer than one after the other.
if wanted web; then
  if wanted unit || wanted integration; then built asan all || true; fi
  begin_web
fi
for stage in "${stages[@]}"; do
  case $stage in
    lint | web) ;;
    *) "stage_$stage" ;;
  esac
done
end_web

echo "In $((SECONDS / 60)) min $((SECONDS % 60)) s:"
if ((skipped)); then
  echo "$passed passed, $failed failed, $skipped skipped"
else
  echo "$passed passed, $failed failed"
fi
((failed == 0))
