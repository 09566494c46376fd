# All profiles, and a host that asks for one.
{ nixosModule, ... }:
{
  nodes = {
    all.imports = [
      nixosModule
      ./nodes/host.nix
    ];
    one.imports = [
      nixosModule
      ./nodes/profiles.nix
    ];
  };

  testScript = ''
    start_all()
    for machine in [all, one]:
        machine.wait_for_unit("multi-user.target")
        machine.succeed("test -e /run/secrets/aws_ci_access_key_id")
        key = machine.succeed("bash -c '. /etc/load-aws-bedrock.sh ci; echo $AWS_REGION'").strip()
        assert key == "eu-central-1", key

    all.succeed("test -e /run/secrets/aws_access_key_id")
    one.fail("test -e /run/secrets/aws_access_key_id")
    one.succeed("bash -c '. /etc/load-aws-bedrock.sh && test $CREDSMITH_LOADED = ci'")
  '';
}
