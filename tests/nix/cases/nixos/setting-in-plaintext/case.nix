# Region and endpoint may be left in plaintext by the file's own rule: they are no secrets.
{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/open-region.yaml;
  };
}
