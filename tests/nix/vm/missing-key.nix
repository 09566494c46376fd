# Without its identity a host boots; with it, a switch brings the secrets.
{ nixosModule, ... }:
{
  nodes.machine.imports = [
    nixosModule
    ./nodes/missing-key.nix
  ];

  testScript = ''
    machine.wait_for_unit("multi-user.target")
    machine.fail("test -e /run/secrets/aws_access_key_id")
    status, said = machine.execute("bash -c '. /etc/load-aws-bedrock.sh' 2>&1")
    assert status == 1, f"{status}"
    assert "is not there" in said, said

    machine.succeed(
        "install -D -m 0600 ${../../fixtures/identity.txt} /var/lib/sops-nix/key.txt",
        "/run/current-system/bin/switch-to-configuration test",
        "test -e /run/secrets/aws_access_key_id",
    )
  '';
}
