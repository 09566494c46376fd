{
  services.openssh.enable = true; # makes the host key that opens the secrets file
  users.users.dev.isNormalUser = true;
}
