{ pkgs, ... }:
{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    package = pkgs.writeShellScriptBin "credsmith" "another one";
  };
}
