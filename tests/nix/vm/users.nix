# A named user reads, another one is refused, and neither changes anything.
{ nixosModule, ... }:
{
  nodes.machine.imports = [
    nixosModule
    ./nodes/host.nix
  ];

  testScript = ''
    machine.wait_for_unit("multi-user.target")
    secret = "/run/secrets/aws_secret_access_key"
    load = ". /etc/load-aws-bedrock.sh"

    machine.succeed(f"su - dev -c 'bash -c \"{load} && test -n \\$AWS_ACCESS_KEY_ID\"'")
    machine.fail(f"su - dev -c 'chmod a+r {secret}'")
    machine.fail(f"su - dev -c 'rm -f {secret}'")

    status, said = machine.execute(f"su - other -c 'bash -c \"{load}\"' 2>&1")
    assert status == 1, f"other: {status}"
    assert "may not be read by you" in said, said
    machine.fail(f"su - other -c 'cat {secret}'")
  '';
}
