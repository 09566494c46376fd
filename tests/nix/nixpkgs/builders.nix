# The trivial builders, the wrappers and the formats.
{ lib, final }:
let
  inherit (final.stdenv) mkDerivation shell;

  hook =
    {
      name,
      meta ? { },
      propagatedBuildInputs ? [ ],
      ...
    }:
    script:
    mkDerivation {
      inherit
        name
        meta
        script
        propagatedBuildInputs
        ;
      buildCommand = ''
        mkdir -p "$out/nix-support"
        cp "$script" "$out/nix-support/setup-hook"
        if [ -n "''${propagatedBuildInputs:-}" ]; then
          echo "$propagatedBuildInputs" >"$out/nix-support/propagated-build-inputs"
        fi
      '';
    };

  json = {
    type =
      let
        value =
          lib.types.nullOr (
            lib.types.oneOf [
              lib.types.bool
              lib.types.int
              lib.types.float
              lib.types.str
              lib.types.path
              (lib.types.attrsOf value)
              (lib.types.listOf value)
            ]
          )
          // {
            description = "JSON value";
          };
      in
      value;
    generate = name: value: final.writeText name (builtins.toJSON value + "\n");
  };
in
rec {
  runCommand =
    name: env: buildCommand:
    mkDerivation (
      {
        inherit name buildCommand;
      }
      // env
      // {
        passAsFile = [ "buildCommand" ] ++ env.passAsFile or [ ];
      }
    );
  runCommandLocal = runCommand;
  runCommandNoCC = runCommand;
  runCommandCC = runCommand;

  writeTextFile =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      meta ? { },
      passthru ? { },
      derivationArgs ? { },
      allowSubstitutes ? false,
      preferLocalBuild ? true,
    }:
    runCommand name
      (
        {
          inherit
            text
            executable
            checkPhase
            passthru
            ;
          meta =
            lib.optionalAttrs (executable && lib.hasPrefix "/bin/" destination) {
              mainProgram = lib.removePrefix "/bin/" destination;
            }
            // meta;
          passAsFile = [ "text" ];
        }
        // derivationArgs
      )
      ''
        target=$out${lib.escapeShellArg destination}
        mkdir -p "$(dirname "$target")"
        mv "$textPath" "$target"
        if [ -n "''${executable:-}" ]; then chmod +x "$target"; fi
        eval "$checkPhase"
      '';
  writeText = name: text: writeTextFile { inherit name text; };
  writeTextDir =
    path: text:
    writeTextFile {
      inherit text;
      name = baseNameOf path;
      destination = "/${path}";
    };
  writeScript =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
    };
  writeScriptBin =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
      destination = "/bin/${name}";
    };
  writeShellScript =
    name: text:
    writeTextFile {
      inherit name;
      executable = true;
      text = "#!${shell}\n${text}\n";
      checkPhase = ''${shell} -n "$target"'';
    };
  writeShellScriptBin =
    name: text:
    writeTextFile {
      inherit name;
      executable = true;
      destination = "/bin/${name}";
      text = "#!${shell}\n${text}\n";
      checkPhase = ''${shell} -n "$target"'';
    };
  writeShellApplication =
    {
      name,
      text,
      runtimeInputs ? [ ],
      runtimeEnv ? null,
      meta ? { },
      passthru ? { },
      checkPhase ? null,
      excludeShellChecks ? [ ],
      extraShellCheckFlags ? [ ],
      bashOptions ? [
        "errexit"
        "nounset"
        "pipefail"
      ],
      derivationArgs ? { },
      inheritPath ? true,
    }:
    writeTextFile {
      inherit
        name
        meta
        passthru
        derivationArgs
        ;
      executable = true;
      destination = "/bin/${name}";
      text = lib.concatLines (
        [ "#!${shell}" ]
        ++ map (option: "set -o ${option}") bashOptions
        ++ lib.mapAttrsToList (variable: value: "${lib.toShellVar variable value}\nexport ${variable}") (
          if runtimeEnv == null then { } else runtimeEnv
        )
        ++ lib.optional (runtimeInputs != [ ] || !inheritPath) (
          ''export PATH="${lib.makeBinPath runtimeInputs}'' + lib.optionalString inheritPath ":$PATH" + ''"''
        )
        ++ [
          ""
          text
        ]
      );
      checkPhase =
        if checkPhase != null then
          checkPhase
        else
          ''
            ${shell} -n -O extglob "$target"
            ${final.shellcheck}/bin/shellcheck ${
              lib.escapeShellArgs (
                extraShellCheckFlags
                ++ lib.optionals (excludeShellChecks != [ ]) [
                  "--exclude"
                  (lib.concatStringsSep "," excludeShellChecks)
                ]
              )
            } "$target"
          '';
    };

  symlinkJoin =
    {
      name ? "${args.pname}-${args.version}",
      paths,
      postBuild ? "",
      nativeBuildInputs ? [ ],
      meta ? { },
      passthru ? { },
      ...
    }@args:
    runCommand name
      {
        inherit
          paths
          nativeBuildInputs
          meta
          passthru
          ;
      }
      ''
        mkdir -p "$out"
        for path in $paths; do
          cp -rsf --no-preserve=mode "$path"/. "$out"/
          chmod -R u+w "$out"
        done
        ${postBuild}
      '';
  buildEnv = args: symlinkJoin { inherit (args) name paths; };
  linkFarm =
    name: entries:
    runCommand name { } (
      "mkdir -p $out\n"
      +
        lib.concatMapStrings
          (entry: ''
            mkdir -p "$out/$(dirname ${lib.escapeShellArg entry.name})"
            ln -s ${lib.escapeShellArg "${entry.path}"} "$out/${entry.name}"
          '')
          (
            if lib.isAttrs entries then
              lib.mapAttrsToList (name: path: { inherit name path; }) entries
            else
              entries
          )
    );
  linkFarmFromDrvs =
    name: drvs:
    linkFarm name (
      map (drv: {
        inherit (drv) name;
        path = drv;
      }) drvs
    );
  concatText = name: files: runCommand name { inherit files; } "cat $files >$out";
  replaceVars =
    file: variables:
    writeText (baseNameOf file) (
      lib.replaceStrings (map (name: "@${name}@") (lib.attrNames variables)) (map toString (
        lib.attrValues variables
      )) (builtins.readFile file)
    );
  emptyFile = runCommand "empty-file" { } "touch $out";
  emptyDirectory = runCommand "empty-directory" { } "mkdir $out";

  mkShell =
    {
      packages ? [ ],
      inputsFrom ? [ ],
      nativeBuildInputs ? [ ],
      ...
    }@args:
    mkDerivation (
      {
        name = "nix-shell";
      }
      // removeAttrs args [
        "packages"
        "inputsFrom"
      ]
      // {
        nativeBuildInputs = packages ++ nativeBuildInputs;
        shellHook = args.shellHook or "";
        buildCommand = "export >$out";
      }
    );
  mkShellNoCC = mkShell;

  makeSetupHook = hook;
  makeWrapper = hook { name = "make-wrapper-hook"; } ./hooks/make-wrapper.sh;
  makeShellWrapper = makeWrapper;
  makeBinaryWrapper = hook { name = "make-binary-wrapper-hook"; } ./hooks/make-binary-wrapper.sh;
  installShellFiles = hook { name = "install-shell-files"; } ./hooks/install-shell-files.sh;

  formats = {
    json = _: json;
    yaml = _: json;
    ini = _: {
      type = lib.types.attrsOf (lib.types.attrsOf lib.types.str);
      generate = name: value: writeText name (lib.generators.toINI { } value);
    };
  };

  # The one Go program that is asked for is built already.
  buildGoModule =
    {
      pname,
      outputs ? [ "out" ],
      meta ? { },
      passthru ? { },
      ...
    }:
    runCommand pname { inherit outputs meta passthru; } ''
      for output in $outputs; do mkdir -p "''${!output}"; done
      ln -s ${final.${pname}}/bin "$out/bin"
    '';
  buildGo125Module = buildGoModule;

  # runNixOSTest is missing on purpose: it needs NixOS.
  testers = { };
  nixosTests = { };
}
