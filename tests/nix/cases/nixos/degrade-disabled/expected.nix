{ that, ... }:
{
  sops.package = that "sops-install-secrets itself" (package: package.name == "sops-install-secrets");
}
