#!/usr/bin/env bash
# Compares plain ffmpeg with Mini-DVR on the same stream of the virtual camera: scripts/bench.sh
# Ends with a table; the same as JSON is in test/bench/results. About five minutes.
# scripts/bench.sh archive: 20,000 recordings, and reading of one of 5 GB beside nginx. About ten minutes.
# scripts/bench.sh full-disk: what goes while a disk of 200 MB is full. About six minutes; needs root.
# scripts/bench.sh relay: 20 viewers of /stream, beside 20 of ustreamer itself. About four minutes.
# scripts/bench.sh crowd: how others are answered while one address takes all that it can. About two minutes.
# BENCH_SECONDS=n (30) is the length of a recording, BENCH_PAIRS=n (5) how many of them.
# Further arguments are those of test/bench/bench.py; --help shows them.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/release
slow_disk=$build/libslow_disk.so

camera=$build/test/virtual_camera/libvirtual_camera.so
export PYTHONDONTWRITEBYTECODE=1

case ${1:-} in
  archive | full-disk | relay | crowd)
    needed=(build run bench)
    [[ $1 != archive ]] || needed+=(bench-archive)
    "$root/scripts/dependencies.sh" "${needed[@]}"
    "$root/scripts/build.sh" release
    exec python3 "$root/test/bench/${1/-/_}.py" --program "$build/mini-dvr" --camera-library "$camera" "${@:2}"
    ;;
esac

"$root/scripts/dependencies.sh" build run bench
"$root/scripts/build.sh" release
source=$root/test/bench/slow_disk.cpp
[[ $slow_disk -nt $source ]] ||
  g++ -std=c++20 -O2 -Wall -Wextra -shared -fPIC -o "$slow_disk" "$source" -ldl

exec python3 "$root/test/bench/bench.py" \
  --program "$build/mini-dvr" \
  --camera-library "$camera" \
  --slow-disk-library "$slow_disk" \
  --seconds "${BENCH_SECONDS:-30}" --pairs "${BENCH_PAIRS:-5}" "$@"
