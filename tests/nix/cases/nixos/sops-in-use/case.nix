# A host that has secrets of its own, with its own defaults.
{
  sops = {
    defaultSopsFile = ../../secrets/tokens.yaml;
    defaultSopsFormat = "json";
    keepGenerations = 5;
    secrets.github_token = {
      format = "yaml";
      owner = "dev";
    };
    secrets.own = {
      sopsFile = ../../secrets/certificate.bin;
      format = "binary";
    };
  };
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
  };
}
