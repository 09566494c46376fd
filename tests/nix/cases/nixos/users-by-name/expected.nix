{
  users.groups.credsmith.members = [ "d.eveloper" ];
}
