# makeWrapper and wrapProgram, as nixpkgs' hook of that name.
# shellcheck shell=bash disable=SC2016,SC2154 # what stands in the wrapper is expanded there
makeShellWrapper() {
  local program=$1 wrapper=$2
  shift 2
  local -a before=() after=()
  local argv0=
  mkdir -p "$(dirname "$wrapper")"
  {
    echo "#!$shell -e"
    while [ $# -gt 0 ]; do
      case $1 in
        --set)
          printf 'export %s=%q\n' "$2" "$3"
          shift 3
          ;;
        --set-default)
          printf 'export %s=${%s-%q}\n' "$2" "$2" "$3"
          shift 3
          ;;
        --unset)
          printf 'unset %s\n' "$2"
          shift 2
          ;;
        --prefix)
          printf 'export %s=%q${%s:+%q$%s}\n' "$2" "$4" "$2" "$3" "$2"
          shift 4
          ;;
        --suffix)
          printf 'export %s=${%s:+$%s%q}%q\n' "$2" "$2" "$2" "$3" "$4"
          shift 4
          ;;
        --run)
          printf '%s\n' "$2"
          shift 2
          ;;
        --chdir)
          printf 'cd %q\n' "$2"
          shift 2
          ;;
        --add-flag)
          before+=("$(printf '%q' "$2")")
          shift 2
          ;;
        --add-flags)
          before+=("$2")
          shift 2
          ;;
        --append-flag)
          after+=("$(printf '%q' "$2")")
          shift 2
          ;;
        --append-flags)
          after+=("$2")
          shift 2
          ;;
        --argv0)
          argv0="-a $(printf '%q' "$2")"
          shift 2
          ;;
        --inherit-argv0)
          argv0='-a "$0"'
          shift
          ;;
        *)
          echo "makeWrapper: $1 is not known here" >&2
          return 1
          ;;
      esac
    done
    printf 'exec %s %q %s "$@" %s\n' "$argv0" "$program" "${before[*]:-}" "${after[*]:-}"
  } >"$wrapper"
  chmod +x "$wrapper"
}
makeWrapper() { makeShellWrapper "$@"; }
wrapProgramShell() {
  local program=$1 hidden
  shift
  hidden=$(dirname "$program")/.$(basename "$program")-wrapped
  mv "$program" "$hidden"
  makeShellWrapper "$hidden" "$program" --inherit-argv0 "$@"
}
wrapProgram() { wrapProgramShell "$@"; }
