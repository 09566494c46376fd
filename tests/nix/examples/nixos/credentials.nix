{ inputs, ... }:
{
  imports = [ inputs.credsmith.nixosModules.default ]; # brings sops-nix
  credsmith = {
    enable = true;
    secretsFile = ./secrets/aws.yaml;
    users = [ "dev" ];
  };
}
