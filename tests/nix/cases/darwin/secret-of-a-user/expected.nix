{
  sops.secrets.github_token = {
    owner = "dev";
    # sops-nix's own default: there is none of one user alone on macOS.
    group = "staff";
    mode = "0400";
  };
}
