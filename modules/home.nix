# credsmith for home-manager: everything is the user's own, and nothing needs root. Beside it has to
# be sops-nix, which `homeModules.default` brings.
{
  _file = ./home.nix;
  key = "credsmith/home.nix";

  imports = [
    (import ./answers.nix {
      output = "homeModules";
      ofSops = "homeManagerModules";
      what = "home";
    })
    (import ./common.nix { platform = "home"; })
    (import ./elsewhere.nix {
      platform = "home-manager";
      absent = {
        group.instead = "Nobody but this user reads the secrets. To share them with a group, use credsmith's module for NixOS or nix-darwin.";
        users.instead = "The secrets are this user's alone. To share them among users, use credsmith's module for NixOS or nix-darwin.";
        services = {
          default = { };
          instead = "Services of the system get credentials by credsmith's module for NixOS.";
        };
        degrade.instead = "A file that cannot be decrypted leaves the secrets of the session as they are; the journal of the user's service sops-nix says why.";
        runtimeSecretsFile.instead = "\"credsmith unlock -f FILE\" installs the secrets of a file that is not in the configuration.";
        claude = {
          default = { };
          instead = "Claude Code writes ~/.claude/settings.json itself, so a link into the store would be in its way. Run once: credsmith claude configure";
        };
      };
      absentOfSecrets =
        let
          alone = "The file is this user's alone. For another owner or group, use credsmith's module for NixOS or nix-darwin.";
        in
        {
          owner.instead = alone;
          group.instead = alone;
          restartUnits = {
            default = [ ];
            instead = "home-manager's sops-nix restarts nothing when a value changes. A unit of the user's can read the file each time it starts.";
          };
        };
    })
    ./home/health.nix
    ./home/secrets.nix
    ./home/shells.nix
    ./keys.nix
  ];
}
