{
  exactly,
  names,
  built,
  ...
}:
let
  secret = key: {
    sopsFile = ../../secrets/default.yaml;
    format = "yaml";
    inherit key;
    mode = "0440";
    owner = "root";
    group = "credsmith";
    restartUnits = exactly [ ];
    neededForUsers = false;
  };
in
{
  sops = {
    secrets = {
      aws_access_key_id = secret "aws_access_key_id" // {
        path = "/run/secrets/aws_access_key_id";
      };
      aws_secret_access_key = secret "aws_secret_access_key";
      aws_region = secret "aws_region";
      aws_bedrock_model_id = secret "bedrock/model_id";
      aws_bedrock_endpoint = secret "bedrock/endpoint";
    };
    keepGenerations = 2;
    age = {
      keyFile = null;
      generateKey = false;
      sshKeyPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];
    };
  };
  users.groups.credsmith.members = [ "dev" ];
  users.users = names [
    "dev"
    "root"
  ];
  environment.etc = {
    "load-aws-bedrock.sh" = {
      source = built "credsmith-loader/share/credsmith/load-aws-bedrock.sh";
      mode = "symlink";
    };
    "load-aws-bedrock.fish".source = built "credsmith-loader/share/credsmith/load-aws-bedrock.fish";
  };
  credsmith.resolved.manifest.directory = "/run/secrets";
  programs = {
    bash.interactiveShellInit = "";
    zsh.interactiveShellInit = "";
    fish.interactiveShellInit = "";
  };
}
