# Other secrets and no AWS credentials: nothing to load.
{
  credsmith = {
    enable = true;
    users = [ "dev" ];
    secrets.github_token.file = ../../secrets/tokens.yaml;
    loader.autoLoad.bash = true;
  };
}
