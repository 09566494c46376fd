{
  systemd.services.billing.script = "true";
  credsmith = {
    enable = true;
    runtimeSecretsFile = "/var/lib/credsmith/aws.yaml";
    profiles = [
      "default"
      "production"
    ];
    ageKeyFile = "/var/lib/sops-nix/key.txt";
    services.billing.profile = "production";
  };
}
