{
  sops = {
    defaultSopsFile = ../../secrets/tokens.yaml;
    defaultSopsFormat = "json";
    keepGenerations = 5;
    secrets = {
      github_token = {
        sopsFile = ../../secrets/tokens.yaml;
        mode = "0400";
        owner = "dev";
        group = "users";
      };
      own.format = "binary";
      aws_region = {
        sopsFile = ../../secrets/default.yaml;
        format = "yaml";
      };
    };
  };
}
