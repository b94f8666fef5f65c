#!/usr/bin/env bash
# Makes the Debian package: scripts/package.sh [amd64|arm64] [bookworm|trixie] [--work-tree]
# -> build/packages/mini-dvr_VERSION_ARCHITECTURE.deb
# It is built in a fresh root of Debian 12 (bookworm, the default) or 13 (trixie), for this machine's architecture or,
# with Debian's cross compiler, for the other one, and looked at by lintian. The version is that of CHANGELOG.md.
# --work-tree    packages what git knows or would take, instead of the last commit
# JOBS=n is the number of parallel compilers. Needs root; leaves nothing behind but the package and its log.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/fresh_root.sh
. "$checkout/scripts/fresh_root.sh"
# shellcheck source=scripts/compiler_jobs.sh
. "$checkout/scripts/compiler_jobs.sh"

fail() {
  echo "package: $1" >&2
  [[ ! -s ${log:-} ]] || tail -n 40 "$log" >&2
  exit 1
}

here=$(dpkg --print-architecture)
architecture=$here
suite=bookworm
work_tree=
for option in "$@"; do
  case $option in
    amd64 | arm64) architecture=$option ;;
    bookworm | trixie) suite=$option ;;
    --work-tree) work_tree=yes ;;
    *) fail "unknown option '$option'; usage: scripts/package.sh [amd64|arm64] [bookworm|trixie] [--work-tree]" ;;
  esac
done
[[ $here == amd64 || $here == arm64 ]] || fail "packages are made on amd64 and arm64, and this is $here"
((EUID == 0)) || fail "must be run by root: sudo scripts/package.sh"
"$checkout/scripts/dependencies.sh" fresh-root

scratch=$(mktemp -d)
fresh=$scratch/root
log=$scratch/log
trap 'remove_root "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The root has what every package is built with; what this one needs says debian/control.
make_build_root() {
  local tools=build-essential,debhelper,lintian,ca-certificates
  local options=()
  if [[ $architecture != "$here" ]]; then
    tools+=,crossbuild-essential-$architecture
    options+=(--architectures="$here,$architecture")
  fi
  make_root "$suite" --dpkgopt=force-unsafe-io --include="$tools" "${options[@]}"
  if [[ $work_tree ]]; then
    copy_work_tree "$checkout" "$fresh/build/mini-dvr"
  else
    mkdir -p "$fresh/build/mini-dvr"
    git -C "$checkout" archive HEAD | tar -x -C "$fresh/build/mini-dvr"
  fi
}

# What stands in CHANGELOG.md, as Debian has it. A package of another suite has another version, and one of a later
# Debian the higher one; what is not released yet comes behind the last release.
write_changelog() {
  local sources=$fresh/build/mini-dvr suffix unreleased
  case $suite in
    bookworm) suffix=+deb12 ;;
    trixie) suffix=+deb13 ;;
  esac
  unreleased=+next.$(git -C "$checkout" log -1 --format=%ct)
  awk -v suite="$suite" -v suffix="$suffix" -v unreleased="$unreleased" -v today="$(date -I)" \
    -v maintainer="$(sed -n 's/^Maintainer: //p' "$sources/debian/control")" \
    -f "$sources/debian/changelog.awk" "$sources/CHANGELOG.md" > "$sources/debian/changelog" 2> "$log" ||
    fail "CHANGELOG.md can not be read"
  version=$(sed -n '1s/.*(\(.*\)).*/\1/p' "$sources/debian/changelog")
  [[ $version ]] || fail "CHANGELOG.md names no version"
  local of_cmake
  of_cmake=$(sed -n 's/^project(.* VERSION \([0-9.]*\).*/\1/p' "$sources/CMakeLists.txt")
  [[ $version == "$of_cmake+"* ]] || fail "CHANGELOG.md says $version, and CMakeLists.txt $of_cmake"
}

build_package() {
  local options=()
  [[ $architecture == "$here" ]] || options=(--host-architecture "$architecture")
  # shellcheck disable=SC2016 # for the inner shell
  (in_root bash -c 'cd /build/mini-dvr && export DEBIAN_FRONTEND=noninteractive && apt-get -q update &&
    apt-get -q -y --no-install-recommends "$@" build-dep ./' _ "${options[@]}") > "$log" 2>&1 ||
    fail "what the package is built with could not be installed"
  # shellcheck disable=SC2016 # for the inner shell
  (in_root env "DEB_BUILD_OPTIONS=nocheck noautodbgsym parallel=${JOBS:-$(jobs_for_this_machine)}" bash -c '
    cd /build/mini-dvr && exec dpkg-buildpackage --build=binary --unsigned-source --unsigned-changes --host-arch "$1"' \
    _ "$architecture") > "$log" 2>&1 || fail "the build failed"
}

name_of_package() {
  echo "mini-dvr_${version}_$architecture.deb"
}

# Errors of lintian end this; its warnings are shown.
check_package() {
  (in_root lintian --allow-root --fail-on error "/build/$(name_of_package)") > "$scratch/lintian" 2>&1 || {
    cat "$scratch/lintian" >&2
    fail "lintian found errors"
  }
  cat "$scratch/lintian"
}

start=$SECONDS
make_build_root
write_changelog
build_package
mkdir -p "$checkout/build/packages"
cp "$log" "$checkout/build/packages/$(name_of_package).log"
check_package
cp "$fresh/build/$(name_of_package)" "$checkout/build/packages/"
package=$checkout/build/packages/$(name_of_package)
echo "build/packages/$(name_of_package): $(stat -c %s "$package") bytes, in $((SECONDS - start)) s"
