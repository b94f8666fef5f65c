#!/usr/bin/env bash
# scripts/dependencies.sh asks apt for what is missing, and for nothing else, and takes nothing away for it. By stand-ins for dpkg-query and apt.
set -euo pipefail

# shellcheck source=scripts/checks/scratch.sh
. "$(dirname "${BASH_SOURCE[0]}")/scratch.sh"

# As dpkg-query lists them: what is wanted of a package and how it is, and its name.
cat > "$scratch/dpkg-query" << 'END'
#!/bin/sh
printf '%s\n' "$STATE ustreamer" 'ii  ffmpeg' 'ii  v4l-utils' 'ii  ca-certificates'
END
for name in apt-get apt-cache sudo; do
  # shellcheck disable=SC2016 # for the shell there
  printf '#!/bin/sh\necho "%s $*" >> "%s/asked"\nexit 1\n' "$name" "$scratch" > "$scratch/$name"
done
chmod +x "$scratch"/*

# asks STATE: whether apt is asked where ustreamer is in that state.
asks() {
  rm -f "$scratch/asked"
  STATE=$1 PATH="$scratch:$PATH" "$root/scripts/dependencies.sh" run > "$log" 2>&1 || true
  [[ -e $scratch/asked ]]
}

for state in 'ii ' 'hi ' 'ri '; do
  ! asks "$state" || fail "a package that is there ($state) counts as missing"
done
# Gone but for its settings; never there; half of it.
for state in 'rc ' 'un ' 'hc ' 'iH '; do
  asks "$state" || fail "a package that is not there ($state) does not count as missing"
done

# As apt-get does where another package is in the way. What it takes away it notes.
cat > "$scratch/apt-get" << 'END'
#!/bin/sh
case " $* " in
  *" -s "*)
    printf '%s\n' 'Remv libboost-dev [1.74.0.3]' 'Remv libboost1.74-dev [1.74.0+ds1-21]' 'Inst ustreamer (4.9-1 Debian:12 [amd64])'
    exit 0
    ;;
  *" --no-remove "*) echo 'E: Packages need to be removed but remove is disabled.' && exit 100 ;;
  *" install "*) echo removed >> "$REMOVED" ;;
esac
END
printf '#!/bin/sh\necho Package: ustreamer\n' > "$scratch/apt-cache"
# What is asked for by sudo is asked for all the same.
# shellcheck disable=SC2016 # for the shell there
printf '#!/bin/sh\nexec "$@"\n' > "$scratch/sudo"
! REMOVED=$scratch/removed STATE='un ' PATH="$scratch:$PATH" "$root/scripts/dependencies.sh" run > "$log" 2>&1 ||
  fail "all is well where another package is in the way"
[[ ! -e $scratch/removed ]] || fail "takes away a package that is in the way"
grep -qF 'would have to go, which you may need: libboost-dev libboost1.74-dev' "$log" || fail "does not say what is in the way"
