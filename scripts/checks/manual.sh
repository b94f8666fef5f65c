#!/usr/bin/env bash
# The man page and the completion of bash know each command and option that the program knows, and no other:
# scripts/checks/manual.sh PROGRAM MANPAGE
set -euo pipefail

program=$(realpath "$1")
page=$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

fail() {
  echo "manual: $1" >&2
  exit 1
}

# Options that are settings have a default.
of_program=$("$program" --help | grep -oE '^ +(-h, )?--[a-z][a-z0-9_-]*' | grep -oE -- '--.*' | sort)
(($(wc -l <<< "$of_program") > 10)) || fail "--help names no options"

of_page=$({
  # Settings stand there as in the config file: "fps = 30"
  sed -n 's/^\.B \([a-z0-9_]*\) =.*/--\1/p' "$page"
  # and the others are spelled with escaped dashes.
  sed -n '/^\.SH OPTIONS/,/^\.SH SETTINGS/s/\\//gp' "$page" | sed -n 's/^\.\(B\|BI\|BR\) .*\(--[a-z-]*\).*/\2/p' |
    grep -v -- --fps
} | sort)
diff <(echo "$of_program") <(echo "$of_page") >&2 || fail "the man page (>) names other options than --help (<)"

# Somebody may have put lines of config/mini-dvr.conf in force.
settings_of_page() { awk -f "$root/doc/settings_manual.awk"; }
diff <(settings_of_page < "$root/config/mini-dvr.conf") \
  <(sed 's/^#\([a-z0-9_]* =\)/\1/' "$root/config/mini-dvr.conf" | settings_of_page) >&2 ||
  fail "the man page leaves out settings (<) that are in force"

# As --help begins with it. Of two kinds of letters in turn (.RB) the words are put together.
synopsis=$(sed -n '/^\.SH SYNOPSIS/,/^\.SH DESCRIPTION/{s/\\//g;p}' "$page" | awk '
  /^\.(SH|br)/ { if (line != "") print line; line = ""; next }
  { macro = $1; sub(/^[^ ]+ /, ""); if (macro ~ /^\.(RB|RI|BR|BI|IR|IB)$/) gsub(/ /, ""); line = line == "" ? $0 : line " " $0 }')
usage=$("$program" --help | sed -nE '1,/^[A-Z][a-z]+ [^:]*$/s/^(Usage:| +) *(mini-dvr)/\2/p')
(($(wc -l <<< "$usage") > 5)) || fail "--help begins with no commands"
diff <(echo "$usage") <(echo "$synopsis") >&2 || fail "the man page (>) has another SYNOPSIS than --help (<)"

if command -v groff > /dev/null; then
  said=$(groff -man -Tutf8 -ww -z "$page" 2>&1)
  [[ ! $said ]] || fail "groff warns of the man page: $said"
fi

# completed WORD...: what is offered for the last word.
completed() {
  bash -c '
    . "$1/completion/mini-dvr"
    COMP_WORDS=("${@:2}")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _mini_dvr "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    printf "%s\n" "${COMPREPLY[@]}"' _ "$root" "$@" | sort
}

diff <(echo "$of_program") <(completed "$program" -) >&2 || fail "bash offers (>) other options than --help names (<)"
[[ $(completed "$program" --ch) == --check-config ]] || fail "bash does not complete --ch"
[[ $(completed "$program" cl) == cleanup ]] || fail "bash does not complete the command cleanup"
[[ $(completed "$program" cleanup --dr) == --dry-run ]] || fail "bash does not complete an option behind cleanup"
[[ $(completed "$program" --record_at_start o) == $'off\non' ]] || fail "bash does not offer on and off"
[[ $(completed "$program" --preview o) == $'off\non' ]] || fail "bash does not offer on and off of a switch"
[[ $(completed "$program" --segment-align '') == $'off\non' ]] || fail "bash does not know a switch by its name with dashes"
[[ $(completed "$program" --log-level w) == warning ]] || fail "bash does not know --log-level"
[[ $(completed "$program" --segment-a) == --segment-align ]] || fail "bash does not complete --segment-a"
[[ $(completed "$program" --dry-) == --dry-run ]] || fail "bash completes --dry- by more than --dry-run"
[[ $(completed "$program" --recordings-dir "$root/scri") == "$root/scripts" ]] || fail "bash offers no folders for --recordings-dir"
[[ $(completed "$program" --accounts_file "$root/CHANGE") == "$root/CHANGELOG.md" ]] || fail "bash offers no files for --accounts_file"
[[ -z $(completed "$program" --fps '') ]] || fail "bash offers something for a number"
[[ $(completed "$program" --config "$root/CHANGE") == "$root/CHANGELOG.md" ]] || fail "bash offers no files for --config"
