# Hooks as projects write them; for the tests, which also want what is refused.
{ root }:
let
  hook = import (root + "/modules/devshell.nix");
  refused = arguments: !(builtins.tryEval (hook arguments)).success;
in
{
  hooks = {
    plain = hook { };
    profile = hook {
      profile = "work";
      quiet = true;
    };
    file = hook { secretsFile = "it's/aws.yaml"; };
    path = hook { secretsFile = /srv/project/secrets/aws.yaml; };
    stored = hook {
      secretsFile = /. + builtins.storeDir + "/00000000000000000000000000000000-source/secrets/aws.yaml";
    };
    loaders = hook {
      loaders = [
        "~/nothing"
        "$XDG_CONFIG_HOME/nothing"
        "$XDG_RUNTIME_DIR/o'clock $(touch made)"
        "/nothing"
      ];
    };
  };
  refused = map refused [
    { profile = "Work"; }
    { profile = "a b"; }
    { profile = "bedrock"; }
    { loaders = [ "load.sh" ]; }
    { loaders = [ /etc/load-aws-bedrock.sh ]; }
    { loaders = [ "$HOSTNAME/x" ]; }
  ];
}
