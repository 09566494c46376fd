# What the build takes from npm, as one fixed-output derivation: the libraries that the program is
# bundled from and the bundler, all of it JavaScript or WebAssembly, so that one hash holds for every
# platform. `deno install` fetches, guarded by deno.lock's integrity strings; what is kept is each
# package's own files and nothing of Deno's layout, so that the hash holds for every Deno as well.
{
  lib,
  stdenvNoCC,
  deno,
  writeText,
  writeShellApplication,
  coreutils,
  jq,
  nix,
}:
let
  project = lib.importJSON ../../deno.json;
  lock = lib.importJSON ../../deno.lock;
  inherit (lock) npm;
  recorded = lib.importJSON ./hash.json;

  # In deno.json for the tests and the npm package, where a native bundler is to be had.
  development = [
    "cctv-age"
    "esbuild"
    "esbuild-wasm"
    "fast-check"
  ];
  # The same bundler without native code goes by its name, so that npm/bundle.ts need not know.
  imports = removeAttrs project.imports development // {
    esbuild = project.imports.esbuild-wasm;
  };

  # A package in deno.lock is named "NAME@VERSION"; among the dependencies of another "NAME" will do
  # where there is one version of it.
  parse = key: {
    name = lib.head (lib.match "(@?[^@]+)@.*" key);
    version = lib.last (lib.splitString "@" key);
  };
  byName = lib.groupBy (key: (parse key).name) (lib.attrNames npm);
  resolve = dependency: if npm ? ${dependency} then dependency else lib.head byName.${dependency};

  closure = lib.genericClosure {
    startSet = map (specifier: { key = lib.removePrefix "npm:" specifier; }) (lib.attrValues imports);
    operator =
      { key }: map (dependency: { key = resolve dependency; }) (npm.${key}.dependencies or [ ]);
  };
  keys = map ({ key }: key) closure;

  reduced = {
    config = {
      inherit imports;
    };
    lock = {
      inherit (lock) version;
      specifiers = lib.listToAttrs (
        map (specifier: lib.nameValuePair specifier (parse (lib.removePrefix "npm:" specifier)).version) (
          lib.attrValues imports
        )
      );
      npm = lib.getAttrs keys npm;
      workspace.dependencies = lib.attrValues imports;
    };
  };
  digest = builtins.hashString "sha256" (builtins.toJSON reduced);

  # Where a package's files are in the output.
  folderOf = key: lib.replaceStrings [ "/" ] [ "+" ] key;

  inputs = {
    denoConfig = writeText "deno.json" (builtins.toJSON reduced.config);
    denoLock = writeText "deno.lock" (builtins.toJSON reduced.lock);
    packages = writeText "packages" (
      lib.concatMapStrings (key: "${folderOf key} ${(parse key).name}\n") (lib.naturalSort keys)
    );
  };

  files = stdenvNoCC.mkDerivation (
    inputs
    // {
      pname = "credsmith-dependencies";
      inherit (project) version;
      nativeBuildInputs = [ deno ];
      dontUnpack = true;
      dontFixup = true;
      buildPhase = ''
        runHook preBuild
        # Nixpkgs' fetchers take further certificates by this name.
        if [ -n "''${NIX_SSL_CERT_FILE:-}" ]; then export DENO_CERT=$NIX_SSL_CERT_FILE; fi
        bash ${./fetch.sh} "$denoConfig" "$denoLock" "$packages" "$out"
        runHook postBuild
      '';
      impureEnvVars = lib.fetchers.proxyImpureEnvVars ++ [ "NPM_CONFIG_REGISTRY" ];
      outputHashMode = "recursive";
      outputHashAlgo = null;
      outputHash =
        if recorded.digest == digest then
          recorded.hash
        else
          throw ''
            deno.lock has changed, and modules/package/hash.json has not
              write it anew: nix run .#credsmith.updateHash'';
    }
  );

  # node_modules as pnpm lays it out: every package sees its own dependencies, and no others.
  nodeModules = stdenvNoCC.mkDerivation {
    pname = "credsmith-node-modules";
    inherit (project) version;
    buildCommand = lib.concatStrings (
      [ "mkdir $out\n" ]
      ++ map (
        key:
        let
          own = "$out/.packages/${folderOf key}/node_modules";
          link = dependency: ''
            mkdir -p "$(dirname "${own}/${(parse dependency).name}")"
            ln -s "$out/.packages/${folderOf dependency}/node_modules/${(parse dependency).name}" \
              "${own}/${(parse dependency).name}"
          '';
        in
        ''
          mkdir -p "$(dirname "${own}/${(parse key).name}")"
          cp -r ${files}/${folderOf key} "${own}/${(parse key).name}"
        ''
        + lib.concatMapStrings link (map resolve (npm.${key}.dependencies or [ ]))
      ) keys
      ++ map (
        specifier:
        let
          key = lib.removePrefix "npm:" specifier;
          inherit (parse key) name;
        in
        ''
          mkdir -p "$(dirname "$out/${name}")"
          ln -s "$out/.packages/${folderOf key}/node_modules/${name}" "$out/${name}"
        ''
      ) (lib.attrValues imports)
    );
  };
in
{
  inherit (reduced) lock;
  inherit
    imports
    files
    nodeModules
    digest
    ;

  # Fetches as the derivation does, outside of Nix, and records the hash of what came.
  updateHash = writeShellApplication {
    name = "credsmith-update-hash";
    runtimeInputs = [
      coreutils
      deno
      jq
      nix
    ];
    text = ''
      record=modules/package/hash.json
      if [ ! -f "$record" ]; then
        echo "There is no $record here: start this at the top of a checkout" >&2
        exit 2
      fi
      work=$(mktemp -d)
      trap 'rm -rf "$work"' EXIT
      (cd "$work" && bash ${./fetch.sh} ${inputs.denoConfig} ${inputs.denoLock} ${inputs.packages} "$work/out")
      hash=$(nix --extra-experimental-features nix-command hash path "$work/out")
      jq -n --arg digest ${digest} --arg hash "$hash" '$ARGS.named' >"$work/hash.json"
      cat "$work/hash.json" >"$record"
      echo "$record: $hash"
    '';
  };
}
