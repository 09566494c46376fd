# Keeps sops-nix from writing plaintext to a disk. As a user it writes wherever its folder is: on
# Linux below XDG_RUNTIME_DIR, be that on a disk or not; on macOS on a RAM disk of its own, which it
# believes to be there when it sees a file of a certain name.
#
# So something stands before sops-install-secrets, however that is started: by the user's service,
# by launchd's agent or by hand.
{ lib, pkgs }:
{
  # Where generations go, as sops-nix takes it: with "%r" for the runtime folder, "%%" for "%".
  mountPoint,
  # The option that says so, or null where none does.
  option ? null,
  platform ? pkgs.stdenv.hostPlatform,
}:
let
  # The folder as a word of a shell, which has the runtime folder in "run".
  word = lib.concatMapStringsSep "'%'" (
    part: lib.concatMapStringsSep "\"$run\"" lib.escapeShellArg (lib.splitString "%r" part)
  ) (lib.splitString "%%" mountPoint);

  elsewhere = lib.optionalString (option != null) ", or set ${option} to a folder that is";
in
rec {
  # Ends with 1, and says why, where plaintext would come to lie on a disk.
  check =
    if platform.isDarwin then
      ''
        run=$(/usr/bin/getconf DARWIN_USER_TEMP_DIR) || run=
        run=''${run%/}
        folder=${word}
        device() { ${pkgs.coreutils}/bin/stat -L -c %d -- "$1"; }
        if [ -e "$folder/sops-nix-secretfs" ] && [ "$(device "$folder")" = "$(device "$folder/..")" ]; then
          {
            printf 'credsmith: Cannot install secrets in "%s": sops-nix would take it for its RAM disk, and it is on a disk\n' "$folder"
            printf '  rm "%s/sops-nix-secretfs", then log in again\n' "$folder"
          } >&2
          exit 1
        fi
      ''
    else
      ''
        run=''${XDG_RUNTIME_DIR-}
        folder=${word}
        there=$folder
        while [ -n "$there" ] && ! [ -e "$there" ]; do
          there=''${there%/*}
        done
        type=$(${pkgs.coreutils}/bin/stat -f -c %T -- "''${there:-/}") || type=unknown
        case $type in
          tmpfs | ramfs) ;;
          *)
            {
              printf 'credsmith: Cannot install secrets in "%s": its file system is "%s", and plaintext stays on a disk even after it is removed\n' "$folder" "$type"
              printf '  have XDG_RUNTIME_DIR ("%s") in memory, as it is after a login with systemd${elsewhere}\n' "$run"
            } >&2
            exit 1
            ;;
        esac
      '';

  # Stands as `program`, the package sops-install-secrets.
  before =
    program:
    let
      real = "${program}/bin/sops-install-secrets";
    in
    pkgs.writeShellScriptBin "sops-install-secrets" ''
      # A check of a manifest, such as that of a build, writes nothing.
      for word; do
        case $word in
          -check-mode=manifest | -check-mode=sopsfile | --check-mode=manifest | --check-mode=sopsfile)
            exec ${real} "$@"
            ;;
        esac
      done
      ${check}
      exec ${real} "$@"
    '';
}
