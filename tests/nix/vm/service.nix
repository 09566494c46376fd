# A service gets its profile in a file that only it and root can read.
{ nixosModule, ... }:
{
  nodes.machine.imports = [
    nixosModule
    ./nodes/service.nix
  ];

  testScript = ''
    machine.wait_for_unit("probe.service")
    machine.wait_until_succeeds("test -e /run/probe/environment")
    environment = machine.succeed("cat /run/probe/environment")
    assert "AWS_SHARED_CREDENTIALS_FILE=/run/credentials/probe.service/" in environment, environment
    assert "AWS_SECRET_ACCESS_KEY=" not in environment
    machine.succeed("grep -q AKIA /run/probe/key")
    machine.fail("su - dev -c 'ls /run/credentials/probe.service'")
    machine.succeed("su - dev -c 'cat /run/secrets/aws_secret_access_key'")
    machine.fail("su - dev -c 'cat /run/secrets/aws_ci_secret_access_key'")
  '';
}
