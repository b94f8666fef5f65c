#!/usr/bin/env bash
# scripts/cleanup_recordings.sh deletes old finished segments and nothing else.
set -euo pipefail

cleanup=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/cleanup_recordings.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "cleanup_recordings.sh: $1" >&2
  exit 1
}

folder="$scratch/odd  name"$'\n'"-x"
mkdir -p "$folder/.partial" "$folder/20200101_000000.mp4.d"
old=(20200101_000000.mp4 20200101_000000_1.mp4 20200101_000000_12.mp4)
kept=(20200102_000000.mp4 .partial/20200101_000000.mp4 notes.mp4 20200101_000000_.mp4
  20200101_000000_0.mp4 20200101_000000.mp4.tmp 20200101_000000.MP4 x20200101_000000.mp4
  "20200101_000000 .mp4" $'20200101_000000\n.mp4' $'x\n20200101_000000.mp4' 2020010_000000.mp4)
for name in "${old[@]}" "${kept[@]}"; do
  : > "$folder/$name"
done
ln -s notes.mp4 "$folder/20200103_000000.mp4"
kept+=(20200103_000000.mp4 20200101_000000.mp4.d)
find "$folder" -exec touch -h -d '10 days ago' {} +
touch "$folder/20200102_000000.mp4"

expect_all() {
  local name
  for name in "${kept[@]}"; do
    [[ -e $folder/$name || -L $folder/$name ]] || fail "$1: '$name' is gone"
  done
}

said=$(DRY_RUN=1 "$cleanup" "$folder")
for name in "${old[@]}"; do
  [[ -e $folder/$name ]] || fail "DRY_RUN=1 deleted $name"
  [[ $said == *"would delete "*"$name"* ]] || fail "DRY_RUN=1 does not tell of $name"
done

[[ -z $(MAX_DAYS=11 "$cleanup" "$folder") ]] || fail "MAX_DAYS=11 deletes what is 10 days old"
expect_all "MAX_DAYS=11"

said=$(cd "$scratch" && "$cleanup" "${folder##*/}")
for name in "${old[@]}"; do
  [[ ! -e $folder/$name ]] || fail "$name is still there"
  [[ $said == *"deleted "*"$name"* ]] || fail "does not tell of $name"
done
[[ $(grep -c deleted <<< "$said") == 3 ]] || fail "tells of more than it should: $said"
expect_all "7 days"

touch -d '1 minute ago' "$folder/20200102_000000.mp4"
MAX_DAYS=0 "$cleanup" "$folder" > /dev/null
[[ ! -e $folder/20200102_000000.mp4 ]] || fail "MAX_DAYS=0 keeps a file"

# Protected, or nobody can say that it is not.
notes="$scratch/notes"
mkdir "$notes"
kept=()
gone=()
note() {
  local name="20200101_0000$1"
  : > "$notes/$name.mp4"
  printf '%s' "$3" > "$notes/$name.json"
  if [[ $2 == kept ]]; then kept+=("$name.mp4" "$name.json"); else gone+=("$name.mp4" "$name.json"); fi
}
note 01 kept '{"protected":true,"note":"","marks":[]}'
note 02 kept '{ "protected" : true }'
note 03 kept '{"note":"\"protected\":false","protected":true}'
note 04 kept '{"protected":tr'
note 05 kept ''
note 06 kept $'{\n  "protected":\n    true\n}\n'
note 07 gone '{"protected":false,"note":"x","marks":[]}'
note 08 gone '{"note":"protected"}'
note 09 gone $'{\n  "protected":\n    false\n}\n'
: > "$notes/20200101_000010.mp4"
mkdir "$notes/20200101_000010.json"
kept+=(20200101_000010.mp4)
: > "$notes/20200101_000011.json"
kept+=(20200101_000011.json)
touch -d '10 days ago' "$notes/"*
"$cleanup" "$notes" > /dev/null
folder=$notes expect_all "notes"
for name in "${gone[@]}"; do
  [[ ! -e $notes/$name ]] || fail "$name is still there"
done

# A folder whose name begins as an option does, and one reached by a link.
mkdir "$scratch/-delete"
ln -s "$scratch/-delete" "$scratch/link"
: > "$scratch/-delete/20200101_000000.mp4"
: > "$scratch/-delete/20200101_000001.mp4"
touch -d '10 days ago' "$scratch/-delete/"*
(cd "$scratch" && "$cleanup" -delete > /dev/null)
[[ -z $(ls "$scratch/-delete") ]] || fail "a folder named -delete is not cleaned"
: > "$scratch/-delete/20200101_000000.mp4"
touch -d '10 days ago' "$scratch/-delete/20200101_000000.mp4"
"$cleanup" "$scratch/link" > /dev/null
[[ -z $(ls "$scratch/-delete") ]] || fail "a folder behind a link is not cleaned"

[[ -z $("$cleanup" "$scratch/absent") ]] || fail "says something of an absent folder"
for days in '' x -1 1.5 '1 2' 'a[0]' 999999; do
  status=0
  MAX_DAYS=$days "$cleanup" "$folder" > /dev/null 2>&1 || status=$?
  [[ $status == 2 ]] || fail "MAX_DAYS='$days' gives status $status, not 2"
done
status=0
"$cleanup" > /dev/null 2>&1 || status=$?
[[ $status == 2 ]] || fail "no folder gives status $status, not 2"
