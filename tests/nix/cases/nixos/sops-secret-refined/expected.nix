{
  sops.secrets.aws_secret_access_key = {
    sopsFile = ../../secrets/default.yaml;
    mode = "0400";
    owner = "dev";
    group = "credsmith";
    restartUnits = [ "billing.service" ];
  };
}
