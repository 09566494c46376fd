{
  credsmith = {
    enable = true;
    secrets.github_token = { };
  };
}
