{ absent, ... }:
{
  users.users.credsmith-health = absent;
  systemd.services.credsmith-verify = absent;
  systemd.timers.credsmith-verify = absent;
}
