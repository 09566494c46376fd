{
  credsmith = {
    enable = true;
    secretsFile = ./secrets/aws.yaml;
    ageKeyFile = "/var/lib/sops-nix/key.txt";
    users = [ "dev" ];
    loader.autoLoad.bash = true;
    loader.olderNames = true; # ANTHROPIC_BEDROCK_AWS_…, as the guide exported them
  };

  users.users.dev.isNormalUser = true;
}
