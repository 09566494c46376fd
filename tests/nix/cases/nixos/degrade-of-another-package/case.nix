{ pkgs, ... }:
{
  sops.package = pkgs.writeTextDir "bin/sops-install-secrets" "the host's own" // {
    pname = "installer";
  };
  sops.validationPackage = pkgs.writeTextDir "bin/sops-install-secrets" "the host's own check" // {
    name = "checker";
  };
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
  };
}
