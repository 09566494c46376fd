{ that, ... }:
{
  sops = {
    package = that "a program in front of the host's own" (
      package: package.name == "installer-or-the-rest" && package.unwrapped.pname == "installer"
    );
    validationPackage.name = "checker";
  };
}
