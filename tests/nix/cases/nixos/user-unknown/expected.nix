{ absent, ... }:
{
  users.users.dve = absent;
  users.groups.credsmith.members = [
    "dve"
    "someone"
  ];
}
