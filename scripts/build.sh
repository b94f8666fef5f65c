#!/usr/bin/env bash
# Builds Mini-DVR: scripts/build.sh [preset [target...]] -> build/<preset>/mini-dvr
# Presets: release (the default), and those of CMakePresets.json. JOBS=n overrides the number of
# parallel compilers. WERROR=ON: warnings end the build of release, too.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/compiler_jobs.sh
. "$root/scripts/compiler_jobs.sh"

preset=${1:-release}
targets=("${@:2}")
((${#targets[@]})) || targets=(all)
folder=$root/build/$preset
log=$folder/build.log

groups=(build)
[[ $preset == release ]] || groups+=(test)
[[ $preset == clang || $preset == fuzz ]] && groups+=("$preset")
"$root/scripts/dependencies.sh" "${groups[@]}"

# A build folder remembers where its checkout was; one that was moved can not be built on.
moved() {
  [[ -f $folder/CMakeCache.txt ]] &&
    ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"
}

configured() {
  [[ -f $folder/build.ninja && ! $root/CMakePresets.json -nt $folder/build.ninja ]] &&
    { ((${#options[@]} == 0)) || grep -qxF 'MINIDVR_WERROR:BOOL=ON' "$folder/CMakeCache.txt"; }
}

# From the first failed step on, which is where the reason stands.
show_failure() {
  if grep -q '^FAILED:' "$log"; then
    sed -n '/^FAILED:/,$p' "$log" | head -n 60 >&2
  else
    tail -n 40 "$log" >&2
  fi
  echo "The build of '$preset' failed; all of its output is in $log" >&2
  exit 1
}

# What a build by somebody else has left, root as a rule, fails in the middle of the next one.
check_writable() {
  local path=$folder depth=() theirs
  while [[ ! -e $path ]]; do
    path=${path%/*}
    depth=(-maxdepth 0) # the others there are of other builds
  done
  # Of the files only those that are written in place; an installation leaves some that no build touches.
  theirs=$(find -H "$path" "${depth[@]}" ! -uid "$EUID" ! -writable \
    \( -type d -o -name .lock -o -name build.log -o -name '.ninja_*' \) -print -quit 2> /dev/null) || true
  [[ $theirs ]] || return 0
  echo "build: $theirs belongs to $(stat -L -c %U "$theirs"), and $(id -un) may not write there" >&2
  echo "       Run: sudo chown -R $(id -un): ${root@Q}; then this again, without sudo." >&2
  exit 1
}

options=()
[[ ${WERROR:-} != ON ]] || options+=(-DMINIDVR_WERROR=ON)

check_writable
moved && rm -rf "$folder"
mkdir -p "$folder"

# One build of a folder at a time.
exec 9> "$folder/.lock"
flock 9

if ! configured; then
  (cd "$root" && cmake --preset "$preset" "${options[@]}") > "$log" 2>&1 9>&- || show_failure
  touch "$folder/build.ninja"
fi

[[ $(ninja -C "$folder" -n build.ninja "${targets[@]}") == *'no work to do'* ]] && exit 0

jobs=${JOBS:-$(jobs_for_this_machine)}
echo "Building build/$preset, $jobs at a time"
start=$SECONDS
ninja -C "$folder" -j "$jobs" "${targets[@]}" > "$log" 2>&1 9>&- || show_failure
echo "Built in $((SECONDS - start)) s"
