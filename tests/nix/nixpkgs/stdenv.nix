# stdenv.mkDerivation: phases, hooks and setup hooks as stdenv's setup.sh has them, without a compiler
# beyond the machine's.
{
  lib,
  system,
  where,
}:
let
  platform = lib.systems.elaborate system;
  shell = where "bash";

  # What a build finds without asking for it: the folders of the programs that stdenv brings.
  initialPath = lib.unique (
    map dirOf (
      lib.filter (found: found != null) (
        map where [
          "mkdir"
          "sed"
          "grep"
          "find"
          "awk"
          "diff"
          "tar"
          "gzip"
          "cc"
        ]
      )
    )
  );

  # Attributes of the derivation that its builder has no use for.
  apart = [
    "meta"
    "passthru"
    "env"
    "pos"
  ];

  make =
    self:
    let
      given = self final;
      final = given // {
        finalPackage = package;
      };
      name = given.name or "${given.pname}-${given.version}";
      drv = derivation (
        {
          inherit system shell;
          builder = shell;
          args = [
            "-e"
            "${./setup.sh}"
          ];
          initialPath = lib.concatStringsSep ":" initialPath;
          __ignoreNulls = true;
        }
        // removeAttrs given apart
        // given.env or { }
        // {
          inherit name;
        }
      );
      package = lib.extendDerivation true (
        {
          inherit name;
          meta = {
            inherit name;
            available = true;
            position = "";
          }
          // given.meta or { };
          passthru = given.passthru or { };
          overrideAttrs =
            change:
            make (
              next:
              let
                previous = self next;
                apply = if lib.isFunction change then change else (_: _: change);
                first = apply next;
              in
              previous // (if lib.isFunction first then first previous else change previous)
            );
        }
        // given.passthru or { }
      ) drv;
    in
    package;

  mkDerivation = attributes: make (if lib.isFunction attributes then attributes else _: attributes);
in
{
  inherit mkDerivation shell;
  hostPlatform = platform;
  buildPlatform = platform;
  targetPlatform = platform;
  inherit (platform)
    isLinux
    isDarwin
    isx86_64
    isAarch64
    ;
  cc = null;
}
