#!/usr/bin/env bash
# git takes nothing of what the program writes into a checkout, secrets above all: scripts/checks/ignored.sh PROGRAM
# In a checkout of its own, with what the commands write beside the accounts, and what is somebody's own.
set -euo pipefail

program=$(realpath "$1")
# shellcheck source=scripts/checks/scratch.sh
. "$(dirname "${BASH_SOURCE[0]}")/scratch.sh"
checkout=$scratch/checkout

git init -q "$checkout"
cp "$root/.gitignore" "$checkout"
git -C "$checkout" add .gitignore
mkdir "$checkout/config" "$checkout/recordings"
touch "$checkout/config/local.conf" "$checkout/recordings/20261129_100000.mp4"

accounts=$checkout/accounts.json
# Where there is a user minidvr, root is told that this one may not read them there.
{
  echo "a password of the test" | "$program" passwd --accounts-file "$accounts" || true
  "$program" tls --self-signed --accounts-file "$accounts" || true
} > "$log" 2>&1
[[ -e $accounts ]] || fail "there are no accounts"
find "$checkout" -name '*.pem' | grep -q key || fail "there is no key"

taken=$(git -C "$checkout" ls-files --others --exclude-standard)
[[ ! $taken ]] || fail "git would take ${taken//$'\n'/, }"
