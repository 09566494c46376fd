# Evaluates every case below cases/ and mistakes/, and says of each what is not as expected; what
# a case is stands in cases/README.md. The result is plain data, for `--strict --json`.
{
  lib,
  pkgs,
  # The tree of sops-nix.
  sopsNix,
  # Only the case of this name, as "nixos/default".
  only ? null,
}:
let
  hosts = import ../hosts { inherit lib pkgs sopsNix; };
  match = import ./match.nix { inherit lib; };

  modules = {
    nixos = ../../../modules/nixos.nix;
    home = ../../../modules/home.nix;
    darwin = ../../../modules/darwin.nix;
  };
  # The program is another test's concern, and its sources change often.
  program = pkgs.writeShellScriptBin "credsmith" "stands for credsmith";
  # What every case starts from: a user `dev`, and host keys.
  given = {
    nixos = {
      services.openssh.enable = lib.mkDefault true;
      users.users.dev.isNormalUser = true;
    };
    home = {
      sops.age.keyFile = lib.mkDefault "/home/dev/.config/sops/age/keys.txt";
    };
    darwin = {
      users.users.dev.home = "/Users/dev";
    };
  };

  folders =
    root:
    lib.concatMap (
      platform:
      lib.mapAttrsToList (name: _: {
        inherit platform;
        name = "${platform}/${name}";
        path = root + "/${platform}/${name}";
      }) (lib.filterAttrs (_: kind: kind == "directory") (builtins.readDir (root + "/${platform}")))
    ) (lib.attrNames (lib.filterAttrs (_: kind: kind == "directory") (builtins.readDir root)));
  chosen = lib.filter (each: only == null || only == each.name);
  table =
    root: judge:
    lib.listToAttrs (map (each: lib.nameValuePair each.name (judge each)) (chosen (folders root)));
  optionalImport = path: otherwise: if builtins.pathExists path then import path else otherwise;

  # A case says with `bare = true` beside its module that it brings the imports itself.
  hostOf =
    platform: path:
    let
      case = import path;
      isBare = lib.isAttrs case && case ? bare;
      start = if isBare then hosts.bare else hosts;
    in
    start.${platform} (
      [ { credsmith.package = lib.mkDefault program; } ]
      ++ (
        if isBare then
          case.bare {
            inherit lib pkgs sopsNix;
            sops = hosts.sops.${platform};
            credsmith = modules.${platform};
          }
        else
          [
            modules.${platform}
            given.${platform}
            path
          ]
      )
    );

  plain = builtins.unsafeDiscardStringContext;
  # Texts that a case has beside it, and where each is in the host.
  placesOf =
    platform: config:
    {
      nixos = {
        etc = config.environment.etc;
        units = config.systemd.units;
      };
      home = {
        home = config.home.file;
        config = config.xdg.configFile;
      };
      darwin = {
        etc = config.environment.etc;
      };
    }
    .${platform};
  textsBelow =
    path:
    if !builtins.pathExists path then
      [ ]
    else
      map (file: lib.removePrefix "${toString path}/" (toString file)) (
        lib.filesystem.listFilesRecursive path
      );
  textOf =
    places: file:
    let
      parts = lib.splitString "/" file;
      place = places.${lib.head parts};
      name = lib.concatStringsSep "/" (lib.tail parts);
    in
    if place ? ${name} then plain (toString place.${name}.text) else null;

  # One host of a case; a case has several where their files end in the same word.
  judgeHost =
    { platform, path, ... }:
    suffix:
    let
      host = hostOf platform (path + "/case${suffix}.nix");
      inherit (host) config options;
      arguments = match.helpers // {
        inherit
          lib
          pkgs
          config
          options
          ;
        # The same host, had it never heard of credsmith.
        without = (hosts.${platform} [ given.${platform} ]).config;
      };
      expectation = optionalImport (path + "/expected${suffix}.nix") { };
      expected = if lib.isFunction expectation then expectation arguments else expectation;
      texts = path + "/expected${suffix}";
    in
    {
      differences = match.differences expected config;
      texts = lib.genAttrs (textsBelow texts) (textOf (placesOf platform config));
      failed = map (each: plain each.message) (lib.filter (each: !each.assertion) config.assertions);
      warnings = map plain config.warnings;
      # Everything that the host has depends on it; by asking, it is in the store.
      system =
        if config ? system.build.toplevel then plain config.system.build.toplevel.drvPath else null;
    };
  suffixesOf =
    path:
    lib.concatMap (
      file:
      let
        found = builtins.match "case(.*)\\.nix" file;
      in
      if found == null then [ ] else found
    ) (lib.attrNames (builtins.readDir path));

  judge = case: lib.genAttrs (suffixesOf case.path) (judgeHost case);
  # What throws has a process of its own, because Nix can catch an error, but not its text.
  judgeMistake =
    { platform, path, ... }@case:
    if builtins.pathExists (path + "/throws.txt") && only == null then
      { apart = true; }
    else if builtins.pathExists (path + "/throws.txt") then
      let
        inherit (hostOf platform (path + "/case.nix")) config;
        asserted = map (each: each.assertion) config.assertions;
      in
      builtins.deepSeq (config.system.build.toplevel.drvPath or asserted) { }
    else
      { inherit (judgeHost case "") failed warnings; };
in
{
  cases = table ./. judge;
  mistakes = table ../mistakes judgeMistake;
}
