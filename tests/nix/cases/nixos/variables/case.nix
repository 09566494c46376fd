{
  credsmith = {
    enable = true;
    secretsFile = ../../secrets/default.yaml;
    variables.AWS_MAX_ATTEMPTS = "5";
    loader.unset = [ "AWS_ENDPOINT_URL" ];
  };
}
