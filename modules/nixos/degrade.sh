# What stands as sops-install-secrets: the real one, and when that fails, what can be had of it.
# `real`, `credsmith` and `tools` are set above this.
# shellcheck shell=sh disable=SC2154
"$real" "$@" && exit 0
code=$?

# A switch that fails leaves the generation before. One that was killed has no more to say.
if [ -n "${NIXOS_ACTION-}" ] || [ "$code" -ge 128 ]; then
  exit "$code"
fi

PATH=${PATH:+$PATH:}$tools
HOME=${HOME:-/var/empty}
export PATH HOME
"$credsmith" install-secrets --program="$real" -- "$@"
ours=$?
# Whatever goes wrong with our own program, the real one's word stands.
case $ours in
  0 | 9) exit "$ours" ;;
  *) exit "$code" ;;
esac
