{ pkgs, ... }:
{
  services.openssh.enable = true;

  credsmith = {
    enable = true;
    secretsFile = ./secrets/aws.yaml;
    services.billing.profile = "ci";
  };

  systemd.services.billing = {
    wantedBy = [ "multi-user.target" ];
    serviceConfig = {
      ExecStart = "${pkgs.awscli2}/bin/aws s3 ls";
      DynamicUser = true;
    };
  };
}
