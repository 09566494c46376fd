{
  credsmith = {
    enable = true;
    runtimeSecretsFile = "/var/lib/credsmith/aws.yaml";
    profiles = [ "default" ];
    secrets.token = {
      file = ../../secrets/tokens.yaml;
      key = "github_token";
      variable = "GITHUB_TOKEN";
    };
  };
}
