# A switch to other values: new secret files, the service restarted, a rollback brings the old ones.
{ nixosModule, ... }:
{
  nodes.machine.imports = [
    nixosModule
    ./nodes/rotation.nix
  ];

  testScript = ''
    machine.wait_for_unit("probe.service")
    first = machine.succeed("readlink -f /run/current-system").strip()

    def key():
        return machine.succeed("cat /run/secrets/aws_ci_access_key_id").strip()

    def served():
        machine.wait_until_succeeds("test -e /run/probe/key")
        return machine.succeed("cat /run/probe/key").split()[-1]

    before = key()
    assert served() == before
    machine.succeed(f"{first}/specialisation/rotated/bin/switch-to-configuration test")
    after = key()
    assert after != before, after
    machine.wait_for_unit("probe.service")
    assert served() == after

    machine.succeed(f"{first}/bin/switch-to-configuration test")
    assert key() == before
  '';
}
