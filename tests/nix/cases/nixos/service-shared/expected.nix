{ names, ... }:
{
  sops.secrets = {
    aws_ci_access_key_id = {
      group = "credsmith";
      mode = "0440";
    };
    aws_claude_access_key_id.group = "credsmith";
  };
  credsmith.resolved.manifest.profiles = names [
    "ci"
    "claude"
    "default"
  ];
}
