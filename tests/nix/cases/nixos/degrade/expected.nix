{ contains, that, ... }:
{
  sops = {
    package = that "a program in front of sops-install-secrets" (
      package: package.name == "sops-install-secrets-or-the-rest"
    );
    # Files are checked by the program itself, when the system is built.
    validationPackage = that "sops-install-secrets itself" (
      package: package.name == "sops-install-secrets"
    );
  };
  system.activationScripts.setupSecrets.text = contains "-or-the-rest/bin/sops-install-secrets /nix/store/";
}
