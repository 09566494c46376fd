{
  absent,
  exactly,
  names,
  that,
  without,
  ...
}:
{
  system.build.toplevel = that "the host as it is without credsmith" (
    system: system.drvPath == without.system.build.toplevel.drvPath
  );
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
