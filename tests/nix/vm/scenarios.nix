{
  default = ./default.nix;
  profiles = ./profiles.nix;
  users = ./users.nix;
  missing-key = ./missing-key.nix;
  rotation = ./rotation.nix;
  service = ./service.nix;
  home-manager = ./home-manager.nix;
}
