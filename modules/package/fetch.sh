# shellcheck shell=bash
# Fetches what a deno.lock names, and keeps of it each package's own files.
#   usage: fetch.sh DENO_JSON DENO_LOCK PACKAGES OUT     in an empty folder
#   PACKAGES: lines of "NAME+WITHOUT+SLASHES@VERSION NAME"
set -eu -o pipefail
config=$1 lock=$2 packages=$3 out=$4
mkdir home project
export HOME=$PWD/home DENO_DIR=$PWD/home/deno DENO_NO_UPDATE_CHECK=1
cd project
cp "$config" deno.json
cp "$lock" deno.lock
chmod u+w deno.json deno.lock
deno install --frozen --quiet --node-modules-dir=auto

mkdir "$out"
while read -r folder name; do
  from=node_modules/.deno/$folder/node_modules/$name
  if [ ! -f "$from/package.json" ]; then
    echo "deno install left no $from: this Deno lays node_modules out in another way" >&2
    exit 1
  fi
  cp -r "$from" "$out/$folder"
done <"$packages"
# Modes are the archives', as far as Deno keeps them.
find "$out" -type f -exec chmod 0644 {} +
