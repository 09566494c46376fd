# The demo identity, which is public, where a host would have its own. A real host never has it from
# the store.
{ pkgs, ... }:
{
  system.activationScripts = {
    demoIdentity.text = ''
      ${pkgs.coreutils}/bin/install -D -m 0600 ${../../../fixtures/identity.txt} /var/lib/sops-nix/key.txt
    '';
    setupSecrets.deps = [ "demoIdentity" ];
  };
}
