{ config, lib, ... }:
{
  sops.defaultSopsFile = ./secrets/aws.yaml;
  sops.age.keyFile = "/var/lib/sops-nix/key.txt";
  sops.secrets = {
    aws_access_key_id.owner = "dev";
    aws_secret_access_key.owner = "dev";
    aws_region.owner = "dev";
    aws_bedrock_model_id = {
      key = "bedrock/model_id";
      owner = "dev";
    };
  };

  environment.etc."load-aws-bedrock.sh" = {
    mode = "0755";
    text = ''
      export AWS_ACCESS_KEY_ID="$(cat ${config.sops.secrets.aws_access_key_id.path})"
      export AWS_SECRET_ACCESS_KEY="$(cat ${config.sops.secrets.aws_secret_access_key.path})"
      export AWS_REGION="$(cat ${config.sops.secrets.aws_region.path})"
      export BEDROCK_MODEL_ID="$(cat ${config.sops.secrets.aws_bedrock_model_id.path})"
    '';
  };
  programs.bash.interactiveShellInit = lib.mkDefault ''
    source /etc/load-aws-bedrock.sh 2>/dev/null
  '';

  users.users.dev.isNormalUser = true;
}
