{
  absent,
  built,
  contains,
  exactly,
  ...
}:
{
  credsmith.resolved.manifest.directory = "/Users/dev/.config/sops-nix/secrets";
  home.activation.credsmithMemoryOnly = absent;
  # bash of macOS is 3.2.
  programs.bash.initExtra = contains "share/credsmith/load-aws-bedrock.sh ";
  sops.package = built "sops-install-secrets";
  systemd.user.timers.credsmith-verify = absent;
  launchd.agents.credsmith-verify = {
    enable = true;
    config = {
      ProcessType = "Background";
      StartCalendarInterval = exactly [ { Minute = 0; } ];
    };
  };
}
