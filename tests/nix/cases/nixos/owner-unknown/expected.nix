{
  sops.secrets.github_token = {
    owner = "nignx";
    group = null;
  };
}
