#!/usr/bin/env bash
# scripts/run.sh runs the program with the settings that are meant. In a copy of it with stand-ins for what
# installs and builds, and for the program, which notes how it is run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
checkout=$scratch/checkout
log=$scratch/log

fail() {
  echo "run: $1" >&2
  cat "$log" >&2
  exit 1
}

mkdir -p "$checkout/scripts" "$checkout/config" "$checkout/build/release"
cp "$root/scripts/run.sh" "$root/scripts/page_address.sh" "$checkout/scripts"
cp "$root/config/mini-dvr.conf" "$checkout/config"
printf '#!/bin/sh\n' | tee "$checkout/scripts/dependencies.sh" > "$checkout/scripts/build.sh"
# Of the settings it knows those that are asked for.
cat > "$checkout/build/release/mini-dvr" << 'END_OF_PROGRAM'
#!/bin/sh
case " $* " in
  *" --check-config "*) cat "$SETTINGS" ;;
  *) echo "$*" > "$ARGUMENTS" ;;
esac
END_OF_PROGRAM
chmod +x "$checkout"/scripts/*.sh "$checkout/build/release/mini-dvr"

export SETTINGS=$scratch/settings ARGUMENTS=$scratch/arguments

# runs ARGUMENT...: sets arguments, with which the program is run. Nobody listens on this address.
runs() {
  printf '%s\n' "device = $scratch/video0  # default" "preview = ${preview:-on  # default}" "stream_url = ${stream_url:-http://127.0.0.1:8000/stream  # default}" \
    'app_host = 192.0.2.1  # default' 'app_port = 8080  # default' 'tls_certificate =   # default' > "$SETTINGS"
  rm -f "$ARGUMENTS"
  "$checkout/scripts/run.sh" "$@" > "$log" 2>&1 || fail "ends with status $?"
  arguments=$(cat "$ARGUMENTS")
}

runs
[[ $arguments == "--config $checkout/config/mini-dvr.conf "* ]] || fail "does not read config/mini-dvr.conf: $arguments"
touch "$checkout/config/local.conf"
runs --fps 25
[[ $arguments == "--config $checkout/config/local.conf --fps 25"* ]] || fail "does not read config/local.conf: $arguments"
runs --config=/other.conf
[[ $arguments != *"$checkout/config"* ]] || fail "reads another file than --config names: $arguments"
