# credsmith for nix-darwin. Beside it has to be sops-nix, which `darwinModules.default` brings.
{
  _file = ./darwin.nix;
  key = "credsmith/darwin.nix";

  imports = [
    (import ./answers.nix { output = "darwinModules"; })
    (import ./common.nix { platform = "darwin"; })
    (import ./elsewhere.nix {
      platform = "nix-darwin";
      absent = {
        services = {
          default = { };
          instead = "launchd has no credentials for jobs. A job can run its program with: credsmith exec PROFILE -- PROGRAM";
        };
        health = {
          default = { };
          instead = "credsmith's module for home-manager checks the credentials of a user from time to time.";
        };
        degrade.instead = "A file that cannot be decrypted leaves the secrets as they are, and the switch fails.";
        runtimeSecretsFile.instead = "Name the file in credsmith.secretsFile.";
      };
      absentOfSecrets.restartUnits = {
        default = [ ];
        instead = "Nothing restarts a job of launchd's when a value changes. Do it by hand: sudo launchctl kickstart -k system/LABEL";
      };
    })
    ./darwin/secrets.nix
    ./direnv/system.nix
    ./keys.nix
    ./nixos/shells.nix
  ];
}
