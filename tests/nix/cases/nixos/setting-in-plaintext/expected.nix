{
  sops.secrets = {
    aws_region.key = "aws_region";
    aws_bedrock_endpoint.key = "bedrock/endpoint";
    aws_secret_access_key.key = "aws_secret_access_key";
  };
}
