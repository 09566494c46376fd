# installManPage and installShellCompletion, as nixpkgs' hook of that name.
# shellcheck shell=bash disable=SC2154
installManPage() {
  local page name
  for page in "$@"; do
    name=$(basename "$page")
    install -D -m 0644 "$page" "$out/share/man/man${name##*.}/$name"
  done
}
installBin() {
  local program
  for program in "$@"; do install -D -m 0755 "$program" "$out/bin/$(basename "$program")"; done
}
# Files, or process substitutions with --cmd NAME.
installShellCompletion() {
  local shell='' command='' name='' to
  while [ $# -gt 0 ]; do
    case $1 in
      --cmd)
        command=$2
        shift 2
        continue
        ;;
      --name)
        name=$2
        shift 2
        continue
        ;;
      --bash | --zsh | --fish)
        shell=${1#--}
        shift
        continue
        ;;
    esac
    case ${shell:-${1##*.}} in
      bash) to=share/bash-completion/completions/${name:-${command:-$(basename "$1" .bash)}.bash} ;;
      zsh) to=share/zsh/site-functions/${name:-_${command:-$(basename "$1" .zsh)}} ;;
      fish) to=share/fish/vendor_completions.d/${name:-${command:-$(basename "$1" .fish)}.fish} ;;
      *)
        echo "installShellCompletion: the shell of $1 is not named" >&2
        return 1
        ;;
    esac
    mkdir -p "$out/$(dirname "$to")"
    cat "$1" >"$out/$to"
    [ -s "$out/$to" ] || {
      echo "installShellCompletion: $to is empty" >&2
      return 1
    }
    name=''
    shift
  done
}
