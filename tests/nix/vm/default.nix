# What README promises of five lines: secret files, and a loader for every shell.
{ nixosModule, ... }:
{
  nodes.machine =
    { pkgs, ... }:
    {
      imports = [
        nixosModule
        ./nodes/host.nix
      ];
      environment.systemPackages = [
        pkgs.zsh
        pkgs.dash
        pkgs.fish
      ];
    };

  testScript = ''
    machine.wait_for_unit("multi-user.target")

    with subtest("the secret files are on ramfs, for root and the group"):
        for name in ["access_key_id", "secret_access_key", "region", "bedrock_model_id"]:
            mode = machine.succeed(f"stat -c '%U %G %a' /run/secrets/aws_{name}").strip()
            assert mode == "root credsmith 440", f"{name}: {mode}"
        assert machine.succeed("stat -f -c %T /run/secrets/").strip() == "ramfs"

    with subtest("every shell loads them"):
        for shell in ["bash", "zsh", "dash", "fish"]:
            loader = "/etc/load-aws-bedrock." + ("fish" if shell == "fish" else "sh")
            script = f". {loader} && printenv AWS_ACCESS_KEY_ID AWS_REGION"
            seen = machine.succeed(f"{shell} -c '{script}'").split()
            assert seen == ["AKIAIOSFODNN7EXAMPLE", "us-east-1"], f"{shell}: {seen}"

    with subtest("the program is there"):
        machine.succeed("credsmith --version")
  '';
}
