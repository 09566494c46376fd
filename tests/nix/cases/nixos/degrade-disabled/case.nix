{
  sops.secrets.token = {
    sopsFile = ../../secrets/tokens.yaml;
    key = "github_token";
  };
}
