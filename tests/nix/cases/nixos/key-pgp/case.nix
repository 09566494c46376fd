# A host that opens its files with a PGP key.
{
  services.openssh.enable = false;
  sops.gnupg.home = "/root/.gnupg";
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
  };
}
