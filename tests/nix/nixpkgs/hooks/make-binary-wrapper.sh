# makeBinaryWrapper, as nixpkgs' hook of that name: the wrapper is a compiled program.
# shellcheck shell=bash disable=SC2016,SC2154 # what stands in the wrapper is expanded there
cString() {
  local text=$1
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  printf '"%s"' "${text//$'\n'/\\n}"
}
makeBinaryWrapper() {
  local program=$1 wrapper=$2
  shift 2
  local -a before=() after=() words=()
  local statements='' argv0='argv[0]' source word
  while [ $# -gt 0 ]; do
    case $1 in
      --set)
        statements+="setenv($(cString "$2"), $(cString "$3"), 1);"
        shift 3
        ;;
      --set-default)
        statements+="setenv($(cString "$2"), $(cString "$3"), 0);"
        shift 3
        ;;
      --unset)
        statements+="unsetenv($(cString "$2"));"
        shift 2
        ;;
      --prefix | --suffix)
        local one='%2$s' two='%1$s'
        if [ "$1" = --prefix ]; then one='%1$s' two='%2$s'; fi
        statements+="joined($(cString "$2"), \"$one%3\$s$two\", $(cString "$4"), $(cString "$3"));"
        shift 4
        ;;
      --add-flag)
        before+=("$2")
        shift 2
        ;;
      --add-flags)
        read -r -a words <<<"$2"
        before+=("${words[@]}")
        shift 2
        ;;
      --append-flag)
        after+=("$2")
        shift 2
        ;;
      --append-flags)
        read -r -a words <<<"$2"
        after+=("${words[@]}")
        shift 2
        ;;
      --argv0)
        argv0=$(cString "$2")
        shift 2
        ;;
      --inherit-argv0) shift ;;
      *)
        echo "makeBinaryWrapper: $1 is not known here" >&2
        return 1
        ;;
    esac
  done
  mkdir -p "$(dirname "$wrapper")"
  source=$(mktemp --suffix=.c)
  {
    cat <<'C'
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
__attribute__((unused)) static void joined(const char *name, const char *format, const char *value,
                                           const char *separator) {
  const char *old = getenv(name);
  char *text;
  if (old == NULL || *old == 0) {
    setenv(name, value, 1);
  } else if (asprintf(&text, format, value, old, separator) >= 0) {
    setenv(name, text, 1);
  }
}
int main(int argc, char **argv) {
C
    printf '  char **all = calloc(argc + %d, sizeof *all);\n' $((${#before[@]} + ${#after[@]} + 2))
    printf '  int n = 0;\n  %s\n  all[n++] = %s;\n' "$statements" "$argv0"
    for word in "${before[@]}"; do printf '  all[n++] = %s;\n' "$(cString "$word")"; done
    printf '  for (int i = 1; i < argc; i++) all[n++] = argv[i];\n'
    for word in "${after[@]}"; do printf '  all[n++] = %s;\n' "$(cString "$word")"; done
    printf '  execv(%s, all);\n  perror(%s);\n  return 127;\n}\n' \
      "$(cString "$program")" "$(cString "$program")"
  } >"$source"
  cc -O2 -w -o "$wrapper" "$source"
  rm "$source"
}
makeWrapper() { makeBinaryWrapper "$@"; }
wrapProgramBinary() {
  local program=$1 hidden
  shift
  hidden=$(dirname "$program")/.$(basename "$program")-wrapped
  mv "$program" "$hidden"
  makeBinaryWrapper "$hidden" "$program" --inherit-argv0 "$@"
}
wrapProgram() { wrapProgramBinary "$@"; }
