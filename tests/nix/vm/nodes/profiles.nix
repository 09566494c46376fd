# A host that gets one profile of two.
{
  imports = [ ./host.nix ];

  credsmith.profiles = [ "ci" ];
}
