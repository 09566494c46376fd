# Renders what a service is given: AWS's credentials and config files, and an environment file for
# systemd, out of secret files. Values go through builtins alone, so none is ever an argument.
#
#   render_service UNIT FOLDER DIRECTORY WORD…
#
# DIRECTORY has the secret files; FOLDER is made anew, for root alone. A WORD is
# `credentials:KEY=FILE`, `config:KEY=FILE` or `environment:NAME=FILE`; with `?=`, FILE may be absent.
set -euo pipefail
umask 077
LC_ALL=C
unit=$1 folder=$2 directory=$3
shift 3

look='see why: journalctl -b -g sops-install-secrets'
[[ $directory == /run/secrets ]] || look='see why: journalctl -b -u credsmith-runtime-secrets'

refuse() {
  printf 'Cannot give "%s" its credentials: %s\n  %s\n' "$unit" "$1" "$2" >&2
  exit 1
}

mkdir -p "$folder"
# One generation of secret files, whatever is installed meanwhile.
cd -P "$directory" 2>/dev/null ||
  refuse "there is no \"$directory\"" "$look"

credentials='[default]' config='[default]' environment=''
for word; do
  kind=${word%%:*} word=${word#*:}
  name=${word%%=*} file=${word#*=}
  optional=''
  if [[ $name == *'?' ]]; then
    optional=1 name=${name%'?'}
  fi
  if [[ ! -e $file ]]; then
    [[ $optional ]] && continue
    refuse "\"$directory/$file\" is absent" "$look"
  fi
  if IFS= read -r -d '' value <"$file"; then
    refuse "\"$file\" has a NUL byte" 'write the value again: credsmith set'
  fi
  # One line end at the end is how files are; it is no part of the value.
  value=${value%$'\n'}
  if [[ $value == *[[:cntrl:]]* ]]; then
    refuse "\"$file\" has a line break, or another control character" \
      'write the value again: credsmith set'
  fi
  [[ $value ]] || refuse "\"$file\" is empty" 'write the value: credsmith set'
  if [[ $kind == environment ]]; then
    value=${value//\\/\\\\}
    value=${value//\"/\\\"}
    value=${value//\$/\\\$}
    value=${value//\`/\\\`}
    environment+="$name=\"$value\""$'\n'
    continue
  fi
  # AWS SDKs cut these off; nothing that AWS hands out has them.
  if [[ $value == [[:blank:]]* || $value == *[[:blank:]] ]]; then
    refuse "\"$file\" begins or ends with a blank" 'write the value again: credsmith set'
  fi
  if [[ $value == [\#\;]* || $value == *[[:blank:]][\#\;]* ]]; then
    refuse "\"$file\" has what AWS SDKs take for a comment" 'write the value again: credsmith set'
  fi
  case $kind in
    credentials) credentials+=$'\n'"$name = $value" ;;
    config) config+=$'\n'"$name = $value" ;;
    *) refuse "\"$kind\" is not known" 'this is a defect of credsmith' ;;
  esac
done

for name in credentials config environment; do
  printf '%s\n' "${!name}" >"$folder/.$name.new"
  mv -f "$folder/.$name.new" "$folder/$name"
done
