#!/usr/bin/env bash
# Checks that scripts/run.sh works on a fresh Debian root with nothing but git, and how long it takes:
#   scripts/fresh_root_check.sh [bookworm|trixie] [--with-tests[=STAGES]] [--work-tree]
# Makes such a root of Debian 12 (bookworm, the default) or 13 (trixie) in a temporary folder, clones the checkout
# into it, and runs the commands of the README there.
# --with-tests   scripts/test.sh, too (about 20 minutes more); =lint,unit: these of its stages
# --work-tree    copies what git knows or would take, instead of the last commit
# Packages are downloaded before the clock starts. Needs root; leaves nothing behind.
set -euo pipefail

readonly page_limit=${PAGE_LIMIT:-900} # s
readonly stop_limit=15  # s
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/fresh_root.sh
. "$checkout/scripts/fresh_root.sh"

fail() {
  echo "fresh_root_check: $1" >&2
  [[ ! -s ${log:-} ]] || tail -n 40 "$log" >&2
  exit 1
}

suite=bookworm
with_tests=
stages=()
work_tree=
for option in "$@"; do
  case $option in
    bookworm | trixie) suite=$option ;;
    --with-tests) with_tests=yes ;;
    --with-tests=*)
      with_tests=yes
      IFS=, read -r -a stages <<< "${option#*=}"
      ;;
    --work-tree) work_tree=yes ;;
    *) fail "unknown option '$option'" ;;
  esac
done
((EUID == 0)) || fail "must be run by root"
"$checkout/scripts/dependencies.sh" fresh-root

scratch=$(mktemp -d)
fresh=$scratch/root
log=$scratch/log
started=
cleanup() {
  if [[ $started ]]; then
    kill -KILL "$started" 2> /dev/null || true
    { wait "$started" || true; } 2> /dev/null
  fi
  remove_root "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

put_checkout() {
  if [[ $work_tree ]]; then
    copy_work_tree "$checkout" "$fresh/mini-dvr"
  else
    git clone --quiet "$checkout" "$fresh/mini-dvr"
  fi
}

# What a package server's speed decides is not measured: all packages are fetched before, and only the
# lists are taken away again.
download() {
  local groups=(build run)
  [[ ! $with_tests ]] || groups+=(test lint web)
  cat > "$fresh/usr/local/bin/apt-get" << 'END'
#!/bin/sh
case " $* " in
  *" install "*) exec /usr/bin/apt-get "$@" --download-only ;;
  *) exec /usr/bin/apt-get "$@" ;;
esac
END
  chmod +x "$fresh/usr/local/bin/apt-get"
  (in_root env PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /mini-dvr/scripts/dependencies.sh "${groups[@]}") > "$log" 2>&1 || fail "the download failed"
  rm "$fresh/usr/local/bin/apt-get"
}

page_answers() {
  local answer
  { exec 3<> "/dev/tcp/127.0.0.1/$1"; } 2> /dev/null || return 1
  printf 'GET /status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
  answer=$(timeout 5 cat <&3) || true
  exec 3>&-
  [[ $answer == *'"preview":"running"'* ]]
}

# run_until_page PORT PREVIEW_PORT: runs scripts/run.sh until the page answers and the picture runs, then
# ends it. Sets took, in ms.
run_until_page() {
  local port=$1 preview_port=$2 start now
  start=$(date +%s%N)
  in_root /mini-dvr/scripts/run.sh --app_port "$port" --preview_port "$preview_port" > "$log" 2>&1 &
  started=$!
  while ! page_answers "$port"; do
    kill -0 "$started" 2> /dev/null || fail "scripts/run.sh ended"
    now=$(date +%s%N)
    ((now - start < page_limit * 1000000000)) || fail "no page after $page_limit s"
    sleep 0.05
  done
  now=$(date +%s%N)
  took=$(((now - start) / 1000000))
  grep -q 'virtual camera' "$log" || compgen -G '/dev/video*' > /dev/null ||
    fail "scripts/run.sh does not say that it uses the virtual camera"
  end_run
}

# It must end by itself.
end_run() {
  local limit=$((SECONDS + stop_limit)) first
  # No newline ends that line, which read takes for a failure.
  read -r first _ < "/proc/$started/task/$started/children" || true
  kill -TERM "$first"
  while kill -0 "$started" 2> /dev/null; do
    ((SECONDS < limit)) || fail "still running $stop_limit s after SIGTERM"
    sleep 0.05
  done
  wait "$started" || fail "ended with status $? on SIGTERM"
  started=
}

seconds() {
  printf '%d.%03d s' $(($1 / 1000)) $(($1 % 1000))
}

make_root "$suite" --include=git,ca-certificates
put_checkout
download
port=$(free_port)
run_until_page "$port" $((port + 1000))
first=$took
run_until_page "$port" $((port + 1000))
second=$took
echo "scripts/run.sh on a fresh root of Debian $suite, $(nproc) cores: $(seconds "$first") to the live page, without downloads"
echo "second run: $(seconds "$second")"
if [[ $with_tests ]]; then
  start=$SECONDS
  (in_root /mini-dvr/scripts/test.sh "${stages[@]}") || fail "scripts/test.sh failed"
  echo "scripts/test.sh: $((SECONDS - start)) s"
fi
