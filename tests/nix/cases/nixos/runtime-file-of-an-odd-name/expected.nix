{ has, ... }:
{
  systemd = {
    services.credsmith-runtime-secrets = {
      description = "Secrets of /var/lib/my secrets/100%%n.yaml";
      unitConfig.RequiresMountsFor = has [
        ''"/var/lib/my secrets/100%%n.yaml"''
        ''"/var/lib/my keys/key.txt"''
      ];
    };
    paths.credsmith-runtime-secrets.pathConfig.PathChanged = "/var/lib/my secrets/100%%n.yaml";
  };
}
