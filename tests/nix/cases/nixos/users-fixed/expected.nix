{
  users.groups.credsmith.members = [
    "dev"
    "root"
  ];
}
