#!/usr/bin/env bash
# Mini-DVR on another architecture than this machine's: scripts/checks/other_architecture.sh arm64|armhf [bookworm|trixie] [--work-tree]
# In a fresh root of Debian 12 (bookworm, the default) or 13 (trixie) it is built by Debian's cross compiler, a warning being
# an error, and run by qemu-user: the unit tests, --check-config, and a recording of 10 s of a stream that ffmpeg serves.
# ffmpeg is this machine's; v4l2-ctl, into which the virtual camera is loaded, the other's. Takes a Linux of 6.7 or newer.
# --work-tree    what git knows or would take, instead of the last commit
# JOBS=n is the number of parallel compilers. Needs root; leaves nothing behind.
set -euo pipefail

readonly patience=180     # s, for what must happen
readonly unit_limit=7200s # of the unit tests
readonly fps=10           # of the stream: qemu-user may have a busy machine
readonly seconds=10       # that are recorded
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=scripts/fresh_root.sh
. "$checkout/scripts/fresh_root.sh"
# shellcheck source=scripts/compiler_jobs.sh
. "$checkout/scripts/compiler_jobs.sh"
# shellcheck source=scripts/checks/ask.sh
. "$checkout/scripts/checks/ask.sh"

# What qemu-user can not do, or does otherwise than a kernel, a test a line; what stands before it is why.
readonly left_out=(
  # To its parent, what vfork starts is a program by the time that it goes on. qemu-user forks instead: a child that is killed
  # at once has no group yet that could be, and is waited for; that it is no program is not told, and what it sets for
  # itself is not set yet when the test looks.
  "a file without a frame is removed"
  "a file that is executable but no program is an error and leaves no zombie"
  "without descriptors a start fails with the reason, and leaves neither child nor descriptor"
  "an idle child steps back behind all others, at the processor and at the disk; a low one gets a share"
  "a child whose watch is cancelled is killed"
  "a segment whose frames all go elsewhere leaves nothing behind"
  # It sets no filter of a socket, and tells of none.
  "the kernel drops what others send to a port, those who are in already, too"
  "a filter for IPv6 lets the loopback through"
  "our ustreamer's port is closed to others as soon as it listens, and after each start"
  "what a child of the child listens on is closed, too"
  "what somebody else listens on is left alone, and looked for again"
  "anybody may watch where allow_networks says so, or nobody else gets there"
)

fail() {
  echo "other_architecture: $1" >&2
  [[ ! -s ${log:-} ]] || tail -n 40 "$log" >&2
  exit 1
}

readonly usage="usage: scripts/checks/other_architecture.sh arm64|armhf [bookworm|trixie] [--work-tree]"
architecture=
suite=bookworm
work_tree=
for option in "$@"; do
  case $option in
    arm64 | armhf) architecture=$option ;;
    bookworm | trixie) suite=$option ;;
    --work-tree) work_tree=yes ;;
    *) fail "unknown option '$option'; $usage" ;;
  esac
done
case $architecture in
  arm64)
    triplet=aarch64-linux-gnu
    machine=AArch64
    ;;
  armhf)
    triplet=arm-linux-gnueabihf
    machine=ARM
    ;;
  *) fail "$usage" ;;
esac
here=$(dpkg --print-architecture)
[[ $architecture != "$here" ]] || fail "this machine is $here: scripts/test.sh tests that"
((EUID == 0)) || fail "must be run by root"
"$checkout/scripts/dependencies.sh" fresh-root

scratch=$(mktemp -d)
fresh=$scratch/root
log=$scratch/log
# shellcheck disable=SC2034 # in_root reads it
foreign=$architecture
camera=
recorder=
cleanup() {
  local started
  for started in $recorder $camera; do
    kill -KILL "$started" 2> /dev/null || true
    { wait "$started" || true; } 2> /dev/null
  done
  remove_root "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

readonly build=/build/mini-dvr/build/$architecture

# What is linked with is the other architecture's, as debian/control says; what is run beside it is ours. Certificates for
# tests are made by openssl.
make_build_root() {
  local tools=build-essential,crossbuild-essential-$architecture,ca-certificates,qemu-user-static,openssl,ffmpeg
  make_root "$suite" --dpkgopt=force-unsafe-io --include="$tools" --architectures="$here,$architecture"
  if [[ $work_tree ]]; then
    copy_work_tree "$checkout" "$fresh/build/mini-dvr"
  else
    mkdir -p "$fresh/build/mini-dvr"
    git -C "$checkout" archive HEAD | tar -x -C "$fresh/build/mini-dvr"
  fi
  # shellcheck disable=SC2016 # for the inner shell
  (in_root bash -c 'cd /build/mini-dvr && export DEBIAN_FRONTEND=noninteractive && apt-get -q update &&
    apt-get -q -y --no-install-recommends --host-architecture "$1" build-dep ./ &&
    apt-get -q -y --no-install-recommends install "catch2:$1" "v4l-utils:$1"' _ "$architecture") > "$log" 2>&1 ||
    fail "what it is built with could not be installed"
}

# Optimised little: what users run is the package, which scripts/checks/package.sh runs.
build() {
  # shellcheck disable=SC2016 # for the inner shell
  (in_root bash -c '
    cd /build/mini-dvr
    cmake --preset debug -B "$1" -DCMAKE_SYSTEM_NAME=Linux "-DCMAKE_SYSTEM_PROCESSOR=${2%%-*}" \
      "-DCMAKE_CXX_COMPILER=$2-g++" "-DPKG_CONFIG_EXECUTABLE=/usr/bin/$2-pkg-config" &&
      exec ninja -C "$1" -j "$3" mini-dvr unit_tests' \
    _ "$build" "$triplet" "${JOBS:-$(jobs_for_this_machine)}") > "$log" 2>&1 || fail "the build failed"
}

check_program() {
  local is_for
  is_for=$(in_root "$triplet-readelf" --file-header "$build/mini-dvr" | sed -n 's/^ *Machine: *//p')
  [[ $is_for == "$machine" ]] || fail "what was built is for '$is_for'"
  (in_root "$build/mini-dvr" --check-config) > "$log" 2>&1 || fail "--check-config gives status $?"
  grep -q '^fps = ' "$log" || fail "--check-config tells no settings"
}

unit_tests() {
  local filter
  filter='~[.]'$(printf '~"%s"' "${left_out[@]//,/\\,}") # a comma would begin another filter
  # Their parent must not be the first process, of which all descend.
  (in_root timeout "$unit_limit" env LC_ALL=C.UTF-8 "$build/unit_tests" "$filter") > "$log" 2>&1 < /dev/null || {
    grep -A 6 ': FAILED:' "$log" >&2 || true
    fail "unit tests fail"
  }
  passed=$(sed -n 's/^All tests passed (.* in \([0-9]*\) test cases\?)$/\1/p' "$log")
  [[ $passed ]] || fail "no unit test ran"
}

# wait_for WHAT COMMAND...
wait_for() {
  local what=$1 limit=$((SECONDS + patience))
  shift
  until "$@"; do
    ((SECONDS < limit)) || fail "$what: not within $patience s"
    kill -0 "$recorder" 2> /dev/null || fail "$what: mini-dvr has ended"
    sleep 0.2
  done
}

# end PID: asks the first process of what in_root runs to end, where it is still there. Gives its status.
end() {
  local first=''
  { read -r first _ < "/proc/$1/task/$1/children" || true; } 2> /dev/null
  [[ ! $first ]] || kill -TERM "$first" || true
  wait "$1"
}

# ffmpeg serves one client, and ends with it.
record() {
  local status=0
  port=$(free_port)
  in_root ffmpeg -nostdin -loglevel error -re -f lavfi -i "testsrc=size=640x480:rate=$fps" -f mpjpeg -listen 1 \
    "http://127.0.0.1:$((port + 1000))" > "$scratch/camera" 2>&1 &
  camera=$!
  mkdir "$fresh/recordings"
  in_root "$build/mini-dvr" --preview off --stream_url "http://127.0.0.1:$((port + 1000))" --recordings_dir /recordings \
    --app_host 127.0.0.1 --app_port "$port" > "$log" 2>&1 &
  recorder=$!
  wait_for "it answers" answers_with /health ''
  wait_for "pictures come" answers_with /status '"online":true'
  ask "$port" 'POST /api/recording' '{"on":true}'
  wait_for "it records" answers_with /status '"state":"recording"'
  sleep "$seconds"
  ask "$port" 'POST /api/recording' '{"on":false}'
  end "$recorder" || status=$?
  recorder=
  ((status == 0)) || fail "mini-dvr ended with status $status"
  end "$camera" || true
  camera=
}

# One file, whose frames are there, at their times, and are pictures.
check_recording() {
  local files frames length
  files=("$fresh/recordings"/*.mp4)
  [[ ${#files[@]} == 1 && -f ${files[0]} ]] || fail "there is not one recording: ${files[*]##*/}"
  IFS=, read -r length frames < <(in_root ffprobe -v error -count_frames -of csv=p=0 \
    -show_entries stream=duration,nb_read_frames "/recordings/${files[0]##*/}")
  awk -v length_s="$length" -v frames="$frames" -v fps="$fps" -v seconds="$seconds" \
    'BEGIN { exit !(frames >= 0.9 * fps * seconds && length_s >= 0.9 * seconds && frames >= 0.9 * fps * length_s) }' ||
    fail "of $seconds s at $fps frames a second $frames frames were recorded, which last $length s"
  # Evenly, as ffmpeg gives what it has decoded times of whole intervals, which two frames may share.
  (in_root ffmpeg -nostdin -v error -i "/recordings/${files[0]##*/}" -vf 'setpts=N/(FRAME_RATE*TB)' -f null -) > "$scratch/decoded" 2>&1 || true
  [[ ! -s $scratch/decoded ]] || fail "frames are no pictures: $(head -n 1 "$scratch/decoded")"
  recorded="$frames frames in $length s"
}

# took WHAT: since the one before.
took() {
  echo "$1 in $((SECONDS - start)) s"
  start=$SECONDS
}

start=$SECONDS
make_build_root
took "a root with the compiler"
build
took "built"
check_program
unit_tests
took "$passed unit tests passed, ${#left_out[@]} left out,"
record
check_recording
echo "Debian $suite on $architecture: built, tested, and recorded $recorded"
