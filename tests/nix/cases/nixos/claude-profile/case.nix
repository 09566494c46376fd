{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/guide.yaml;
    ageKeyFile = "/var/lib/sops-nix/key.txt";
    loader.enable = false;
    claude = {
      enable = true;
      profile = "production";
      extraSettings = {
        includeCoAuthoredBy = false;
        env.DISABLE_TELEMETRY = "1";
        permissions = {
          deny = [ "Read(./.env)" ];
          defaultMode = "plan";
        };
      };
    };
  };
}
