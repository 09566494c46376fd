{
  sops.gnupg.home = "/root/.gnupg";
  sops.age.keyFile = null;
}
