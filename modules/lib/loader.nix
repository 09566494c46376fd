# Loaders, made when the system is built: the manifest comes from Nix, the scripts from credsmith,
# and each is read by its shell there, so that a script that does not parse is never installed.
{ lib }:

{
  # pkgs:           the host's packages; tools come from the build platform's
  # package:        a credsmith that runs where this is built
  # manifest:       the data of src/loader/manifest.ts
  # defaultProfile: the profile of a load without words; null: `default`, else the only one
  mkLoader =
    {
      pkgs,
      package ? pkgs.buildPackages.callPackage ../package.nix { },
      manifest,
      defaultProfile ? null,
      name ? "credsmith-loader",
    }:
    let
      tools = pkgs.buildPackages;
      loadEnv =
        shell: file:
        "credsmith load-env --shell ${shell} --manifest manifest.json"
        + lib.optionalString (defaultProfile != null) " --profile ${lib.escapeShellArg defaultProfile}"
        + " >${file}";
    in
    pkgs.runCommand name
      {
        manifest = builtins.toJSON manifest;
        passAsFile = [ "manifest" ];
        nativeBuildInputs = [
          package
          tools.bash
          tools.dash
          tools.fish
          tools.jq
          tools.shellcheck
          tools.zsh
        ];
        preferLocalBuild = true;
        passthru = {
          inherit manifest;
        };
      }
      ''
        mkdir -p "$out/share/credsmith"
        cd "$out/share/credsmith"
        export HOME="$TMPDIR"

        jq . "$manifestPath" >manifest.json
        ${loadEnv "sh" "load-aws-bedrock.sh"}
        ${loadEnv "bash" "load-aws-bedrock.bash"}
        ${loadEnv "zsh" "load-aws-bedrock.zsh"}
        ${loadEnv "fish" "load-aws-bedrock.fish"}

        for shell in bash dash zsh; do
          "$shell" -n load-aws-bedrock.sh
        done
        bash -n load-aws-bedrock.bash
        zsh -n load-aws-bedrock.zsh
        fish --no-config --no-execute load-aws-bedrock.fish
        shellcheck load-aws-bedrock.sh load-aws-bedrock.bash
      '';
}
