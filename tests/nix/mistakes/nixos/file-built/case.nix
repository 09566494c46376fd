{ pkgs, ... }:
{
  credsmith = {
    enable = true;
    secretsFile = pkgs.runCommand "aws.yaml" { } "cp ${../../../cases/secrets/default.yaml} $out";
  };
}
