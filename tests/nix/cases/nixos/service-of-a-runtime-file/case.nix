{
  systemd.services.billing.script = "true";
  credsmith = {
    enable = true;
    runtimeSecretsFile = "/var/lib/credsmith/aws.yaml";
    profiles = [ "default" ];
    ageKeyFile = "/var/lib/sops-nix/key.txt";
    services.billing = { };
  };
}
