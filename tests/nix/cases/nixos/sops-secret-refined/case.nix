# Who may read one of our secrets can be said in sops.secrets too.
{
  sops.secrets.aws_secret_access_key = {
    mode = "0400";
    owner = "dev";
    restartUnits = [ "billing.service" ];
  };
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
  };
}
