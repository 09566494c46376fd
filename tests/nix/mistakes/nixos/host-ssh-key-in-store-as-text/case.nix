{
  sops.age.sshKeyPaths = [ "${./case.nix}" ];
  credsmith = {
    enable = true;
    secretsFile = ../../../cases/secrets/default.yaml;
  };
}
