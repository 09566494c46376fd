{ names, ... }:
{
  users.groups.credsmith.members = [ ];
  environment.etc = names [
    "load-aws-bedrock.fish"
    "load-aws-bedrock.sh"
  ];
}
