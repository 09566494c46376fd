# The module of home-manager without root: its units under the user's own systemd. home-manager is
# no input; its options are declared as the tests of the modules declare them.
{ homeModule, ... }:
{
  nodes.machine =
    { lib, pkgs, ... }:
    let
      home =
        (lib.evalModules {
          class = "homeManager";
          modules = [
            ../hosts/common.nix
            ../hosts/home.nix
            homeModule
            ./nodes/home.nix
            { _module.args = { inherit pkgs; }; }
          ];
        }).config;
      files = lib.filter (file: file.enable) (lib.attrValues home.xdg.configFile);
      service = home.systemd.user.services.sops-nix;
    in
    {
      users.users.dev.isNormalUser = true;
      systemd.user.services.sops-nix = {
        wantedBy = [ "default.target" ];
        serviceConfig = service.Service;
      };
      systemd.tmpfiles.rules = [
        "d /home/dev/.config 0700 dev users"
        "C /home/dev/.config/sops/age/keys.txt 0600 dev users - ${../../fixtures/identity.txt}"
      ]
      ++ map (file: "L+ /home/dev/.config/${file.target} - - - - ${file.source}") files;
    };

  testScript = ''
    machine.wait_for_unit("multi-user.target")
    machine.succeed("loginctl enable-linger dev")
    machine.wait_for_unit("sops-nix.service", "dev")
    secrets = "/home/dev/.config/sops-nix/secrets"
    load = ". /home/dev/.config/credsmith/load-aws-bedrock.sh"

    machine.succeed(f"su - dev -c 'test -r {secrets}/aws_access_key_id'")
    kind = machine.succeed(f"stat -f -c %T $(readlink -f {secrets}/aws_access_key_id)").strip()
    assert kind in ["ramfs", "tmpfs"], kind
    machine.succeed(f"su - dev -c 'bash -c \"{load} && test -n \\$AWS_ACCESS_KEY_ID\"'")
  '';
}
