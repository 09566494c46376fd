{ that, ... }:
let
  itself = that "sops-install-secrets itself" (package: package.name == "sops-install-secrets");
in
{
  sops = {
    package = itself;
    validationPackage = itself;
  };
}
