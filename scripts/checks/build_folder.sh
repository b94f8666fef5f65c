#!/usr/bin/env bash
# scripts/build.sh says whose a build folder is that it may not write to, and what to do. In a copy of it, with stand-ins for what
# installs and builds. By the user nobody where root runs this, which may write to all.
set -euo pipefail

unset WERROR # CI's, for builds with a real cmake

# shellcheck source=scripts/checks/scratch.sh
. "$(dirname "${BASH_SOURCE[0]}")/scratch.sh"
checkout=$scratch/checkout
build=$checkout/build

mkdir -p "$checkout/scripts" "$scratch/bin"
cp "$root/scripts/build.sh" "$root/scripts/compiler_jobs.sh" "$checkout/scripts"
printf '#!/bin/sh\n' > "$checkout/scripts/dependencies.sh"
printf '#!/bin/sh\ntouch build/release/build.ninja\n' > "$scratch/bin/cmake"
printf '#!/bin/sh\necho no work to do\n' > "$scratch/bin/ninja"
touch "$checkout/CMakePresets.json"
chmod +x "$checkout"/scripts/*.sh "$scratch/bin"/*
as_user=()
if ((EUID == 0)); then
  as_user=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
  chmod 0755 "$scratch"
  chown -R nobody "$checkout"
fi

# builds: sets status.
builds() {
  status=0
  PATH=$scratch/bin:$PATH "${as_user[@]}" "$checkout/scripts/build.sh" release > "$log" 2>&1 || status=$?
}

refuses() {
  builds
  [[ $status == 1 ]] || fail "$1: ends with status $status"
  grep -q "^build: $build.* belongs to root, and .* may not write there\$" "$log" || fail "$1: does not say whose it is"
  grep -qF "Run: sudo chown -R $("${as_user[@]}" id -un): '$checkout'" "$log" || fail "$1: does not say what to do"
  [[ $(wc -l < "$log") == 2 ]] || fail "$1: says more than that"
}

builds
[[ $status == 0 && -e $build/release/.lock ]] || fail "does not build at first"
builds
[[ $status == 0 && ! -s $log ]] || fail "does not build again"

# A folder of root's that every system has.
rm -r "$build/release"
ln -s /usr "$build/release"
refuses "a folder of root's"
rm "$build/release"

if ((EUID == 0)); then
  mkdir "$build/release"
  chown nobody "$build/release"
  touch "$build/release/install_manifest.txt"
  builds
  [[ $status == 0 ]] || fail "does not build where root has installed"
  mkdir "$build/release/lib"
  refuses "a folder of root's in one's own"
  chown nobody "$build/release/lib"
  chown root "$build/release/.lock"
  refuses "a lock of root's"
  rm -r "$build/release"
  chown root "$build"
  refuses "a folder of root's without one for this build"
fi
