#!/usr/bin/env bash
# Deletes old recordings: scripts/cleanup_recordings.sh DIR
# MAX_DAYS=n keeps those of the last n days (default 7). DRY_RUN=1 only prints what would go.
# Touches nothing but finished segments directly in DIR: YYYYmmdd_HHMMSS.mp4 and YYYYmmdd_HHMMSS_n.mp4.
# The age of a segment is that of its last change. It goes by name and age alone, and does not look into files: where films of others may
# be called so, use `mini-dvr cleanup`, which keeps them. What is protected is kept; notes go with what they are about.
set -euo pipefail

fail() {
  echo "cleanup_recordings: $1" >&2
  exit 2
}

[[ $# == 1 && $1 ]] || fail "usage: cleanup_recordings.sh DIR"
folder=$1
max_days=${MAX_DAYS-7}
[[ $max_days =~ ^[0-9]{1,5}$ ]] || fail "MAX_DAYS='$max_days' is not allowed; allowed is a whole number of days"
dry_run=${DRY_RUN:-}
[[ $dry_run == 0 ]] && dry_run=

[[ -e $folder || -L $folder ]] || exit 0
[[ -d $folder ]] || fail "'$folder' is not a folder"
# find takes a leading - for an option, and does not look behind a link without a slash.
[[ $folder == /* ]] || folder=./$folder
folder=${folder%/}/

# is_protected FILE: its notes say so, or can not be understood.
is_protected() {
  local notes=${1%.mp4}.json text
  [[ -e $notes || -L $notes ]] || return 1
  text=$(tr '\n' ' ' 2> /dev/null < "$notes") || return 0
  [[ $text =~ \"protected\"[[:space:]]*:[[:space:]]*false ]] && return 1
  [[ $text =~ \"protected\"[[:space:]]*: || ! $text =~ ^[[:space:]]*\{.*\}[[:space:]]*$ ]]
}

oldest=$(($(date +%s) - 10#$max_days * 86400))
status=0
while IFS= read -r -d '' file; do
  name=${file##*/}
  [[ $name =~ ^[0-9]{8}_[0-9]{6}(_[1-9][0-9]*)?\.mp4$ ]] || continue
  if is_protected "$file"; then
    continue
  elif [[ $dry_run ]]; then
    echo "would delete $file"
  elif rm -f -- "$file" "${file%.mp4}.json"; then
    echo "deleted $file"
  else
    status=1
  fi
done < <(find "$folder" -mindepth 1 -maxdepth 1 -type f -name '*.mp4' ! -newermt "@$oldest" -print0 | sort -z)
exit "$status"
