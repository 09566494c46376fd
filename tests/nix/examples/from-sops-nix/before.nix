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

  users.users.dev.isNormalUser = true;
}
