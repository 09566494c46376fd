{ that, lib, ... }:
{
  users.groups.credsmith.members = that "ci, dev and ops" (
    members:
    lib.naturalSort members == [
      "ci"
      "dev"
      "ops"
    ]
  );
  # Definitions of ours would make every user known.
  users.users.dev.extraGroups = [ ];
}
