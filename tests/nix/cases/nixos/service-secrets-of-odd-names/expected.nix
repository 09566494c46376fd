{ has, ... }:
{
  systemd.services.billing = {
    environment.T_100_N_TOKEN_FILE = "%d/t-100-n-token";
    serviceConfig.LoadCredential = has [ "t-100-n-token:/run/secrets/t:100%%n-token" ];
  };
}
