# Builds a derivation of stdenv.nix: nixpkgs' phases, hooks and helpers, as far as tests need them.
# shellcheck shell=bash disable=SC2154 # Nix gives the attributes as variables.
set -eu -o pipefail
shopt -s nullglob
export PATH=$initialPath
export HOME=/homeless-shelter SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-315532800} TZ=UTC
export TMPDIR=${TMPDIR:-$NIX_BUILD_TOP}
cd "$NIX_BUILD_TOP"
umask 0022

addInput() {
  local input=$1
  [ -e "$input" ] || return 0
  if [ -d "$input/bin" ]; then PATH=$input/bin:$PATH; fi
  if [ -f "$input/nix-support/propagated-build-inputs" ]; then
    local more
    for more in $(<"$input/nix-support/propagated-build-inputs"); do addInput "$more"; done
  fi
  if [ -f "$input/nix-support/setup-hook" ]; then
    # shellcheck source=/dev/null
    . "$input/nix-support/setup-hook"
  fi
}

# Runs a hook or phase by its name: a function, or text in a variable.
runHook() {
  local name=$1
  shift
  if declare -F "$name" >/dev/null; then
    "$name" "$@"
  elif [ -n "${!name:-}" ]; then
    eval "${!name}"
  fi
}

substituteInPlace() {
  local -a files=()
  while [ $# -gt 0 ] && [[ $1 != --* ]]; do
    files+=("$1")
    shift
  done
  local file text
  for file in "${files[@]}"; do
    text=$(<"$file")
    set -- "$@"
    local -a arguments=("$@")
    local i=0
    while [ $i -lt ${#arguments[@]} ]; do
      case ${arguments[i]} in
        --replace | --replace-fail | --replace-warn | --replace-quiet)
          if [[ ${arguments[i]} == --replace-fail && $text != *"${arguments[i + 1]}"* ]]; then
            echo "substituteInPlace: \"${arguments[i + 1]}\" is not in $file" >&2
            return 1
          fi
          text=${text//"${arguments[i + 1]}"/"${arguments[i + 2]}"}
          i=$((i + 3))
          ;;
        --subst-var-by)
          text=${text//"@${arguments[i + 1]}@"/"${arguments[i + 2]}"}
          i=$((i + 3))
          ;;
        --subst-var)
          local variable=${arguments[i + 1]}
          text=${text//"@$variable@"/"${!variable}"}
          i=$((i + 2))
          ;;
        *)
          echo "substituteInPlace: ${arguments[i]} is not known here" >&2
          return 1
          ;;
      esac
    done
    printf '%s\n' "$text" >"$file"
  done
}

substitute() {
  local from=$1 to=$2
  shift 2
  cat "$from" >"$to"
  substituteInPlace "$to" "$@"
}

# As nixpkgs' patchShebangs: programs of the build's inputs take the place of /usr/bin/env.
patchShebangs() {
  local file line program
  while [ $# -gt 0 ] && [[ $1 == --* ]]; do shift; done
  while IFS= read -r -d '' file; do
    IFS= read -r line <"$file" || continue
    [[ $line == '#!'* ]] || continue
    program=${line#'#!'}
    program=${program# }
    program=${program#/usr/bin/env }
    program=${program%% *}
    program=$(command -v "${program##*/}") || continue
    sed -i "1s|.*|#!$program|" "$file"
  done < <(find "$@" -type f -perm -0100 -print0 2>/dev/null)
}

moveToOutput() { :; }

unpackFile() {
  local from=$1
  if [ -d "$from" ]; then
    local to
    to=$(basename "$from")
    case $from in
      "$NIX_STORE"/*) to=${to#*-} ;;
    esac
    cp -r --no-preserve=ownership,timestamps "$from" "$to"
    chmod -R u+w "$to"
    sourceRoot=${sourceRoot:-$to}
  else
    tar -xf "$from"
  fi
}

genericPhases() {
  local phase output
  if [ -z "${dontUnpack:-}" ] && [ -n "${src:-}${srcs:-}" ]; then
    runHook preUnpack
    if [ -n "${unpackPhase:-}" ]; then
      eval "$unpackPhase"
    else
      local from
      for from in ${srcs:-$src}; do unpackFile "$from"; done
      if [ -n "${sourceRoot:-}" ]; then cd "$sourceRoot"; fi
    fi
    runHook postUnpack
  fi
  for phase in patch configure build check install; do
    local skip=dont${phase^}
    if [ "$phase" = check ]; then
      [ -n "${doCheck:-}" ] || continue
    elif [ -n "${!skip:-}" ]; then
      continue
    fi
    local own=${phase}Phase
    if [ -n "${!own:-}" ]; then
      echo "$own"
      eval "${!own}"
    fi
  done
  if [ -z "${dontFixup:-}" ]; then
    runHook preFixup
    if [ -z "${dontPatchShebangs:-}" ]; then
      for output in ${outputs:-out}; do
        if [ -e "${!output}" ]; then patchShebangs "${!output}"; fi
      done
    fi
    if [ -n "${propagatedBuildInputs:-}" ]; then
      mkdir -p "$out/nix-support"
      echo "$propagatedBuildInputs" >"$out/nix-support/propagated-build-inputs"
    fi
    runHook postFixup
  fi
  if [ -n "${doInstallCheck:-}" ]; then
    echo installCheckPhase
    runHook preInstallCheck
    runHook installCheckPhase
    runHook postInstallCheck
  fi
}

for input in ${buildInputs:-} ${propagatedBuildInputs:-} ${nativeBuildInputs:-} \
  ${nativeCheckInputs:-} ${nativeInstallCheckInputs:-}; do
  addInput "$input"
done

if [ -n "${buildCommandPath:-}" ]; then
  # shellcheck source=/dev/null
  . "$buildCommandPath"
elif [ -n "${buildCommand:-}" ]; then
  eval "$buildCommand"
else
  genericPhases
fi
