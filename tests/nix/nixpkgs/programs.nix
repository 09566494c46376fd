# Packages that are links to this machine's programs, as programs.json names them. One that is not
# here fails when it is built.
{
  lib,
  final,
  where,
}:
let
  linked =
    name: programs:
    let
      found = lib.filter (program: where program != null) programs;
      missing = lib.subtractLists found programs;
    in
    final.runCommand name
      {
        meta.mainProgram = lib.head programs;
        passthru = {
          pname = name;
          version = "0";
        };
      }
      (
        lib.optionalString (missing != [ ]) ''
          echo "${name}: ${lib.concatStringsSep ", " missing} cannot be found on this machine" >&2
          exit 1
        ''
        + "mkdir -p $out/bin\n"
        + lib.concatMapStrings (program: ''
          ln -s ${where program} $out/bin/${program}
        '') found
      );
in
lib.mapAttrs linked (lib.importJSON ./programs.json)
// {
  shellcheck-minimal = final.shellcheck;
  runtimeShell = "${final.bash}/bin/bash";
  runtimeShellPackage = final.bash;
  # Formats the files of the tree it is started in, as far as there is a nixfmt.
  nixfmt-tree = final.writeShellApplication {
    name = "treefmt";
    runtimeInputs = [ final.git ];
    text = "git ls-files '*.nix' | xargs nixfmt \"$@\"";
  };
}
