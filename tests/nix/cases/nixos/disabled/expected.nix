{
  absent,
  exactly,
  names,
  ...
}:
{
  sops.secrets = exactly { };
  sops.keepGenerations = 1;
  sops.age.keyFile = null;
  users.groups.credsmith = absent;
  environment.etc = exactly { };
  environment.systemPackages = exactly [ ];
  programs.bash.interactiveShellInit = "";
  systemd.services = exactly { };
  systemd.timers = exactly { };
  systemd.paths = exactly { };
  systemd.tmpfiles.rules = exactly [ ];
  systemd.tmpfiles.settings = exactly { };
  system.activationScripts = names [
    "groups"
    "specialfs"
    "users"
  ];
}
