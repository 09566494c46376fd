# Secrets files, read when the configuration is evaluated: their names and what is wrong with them.
{
  lib,
  discover,
  mistakes,
}:

let
  # A file as the user wrote it, or at least without the store's part of it.
  shownOf =
    file:
    let
      path = builtins.unsafeDiscardStringContext (toString file);
      store = "${builtins.storeDir}/";
      inside = lib.removePrefix store path;
      steps = lib.splitString "/" inside;
    in
    if lib.hasPrefix store path && lib.length steps > 1 then
      lib.concatStringsSep "/" (lib.tail steps)
    else if lib.hasPrefix store path then
      # A file that is a store path of its own: hash-name.
      lib.substring 33 (-1) inside
    else
      path;

  # Reading the output of a derivation would build it in the middle of the evaluation.
  isBuilt =
    file:
    !builtins.isPath file
    && lib.any (context: context ? outputs) (lib.attrValues (builtins.getContext "${file}"));

  looksEncrypted =
    format: text:
    discover.contains (
      {
        dotenv = "sops_mac=ENC[";
        ini = "[sops]";
      }
      .${format} or ''"sops"''
    ) text;
in
{
  inherit shownOf;

  # One file:
  #
  #   { file; shown; format; leaves; mistakes; problem; }
  #
  # `leaves` is empty where there is a mistake, so that nothing is asked of such a file, and null
  # where the format has none. `problem` says why the names cannot be read; whether that is a
  # mistake depends on whether they are needed.
  read =
    {
      file,
      format ? null,
    }:
    let
      shown = shownOf file;
      theFormat = if format != null then format else discover.formatOf (shownOf file);
      text = builtins.unsafeDiscardStringContext (builtins.readFile file);
      found = discover.leavesOf {
        inherit text;
        format = theFormat;
        name = shown;
      };
      keys = map (leaf: lib.concatStringsSep "/" leaf.path) found.plaintext;
      result = {
        inherit file shown;
        format = theFormat;
        leaves = [ ];
        mistakes = [ ];
        problem = null;
      };
      failed =
        mistake:
        result
        // {
          mistakes = [ mistake ];
        };
    in
    if isBuilt file then
      failed (mistakes.fileBuilt { inherit shown; })
    else if !builtins.pathExists file then
      failed (
        mistakes.fileAbsent {
          inherit shown;
          isText = lib.isString file && !lib.hasPrefix builtins.storeDir file;
        }
      )
    else if theFormat != "yaml" && theFormat != "json" then
      if looksEncrypted theFormat text then
        result // { leaves = null; }
      else
        failed (mistakes.filePlaintext { inherit shown; })
    else if found ? problem then
      result // { inherit (found) problem; }
    else if !found.hasMetadata && lib.any (leaf: leaf.encrypted) found.leaves then
      failed (mistakes.metadataMissing { inherit shown; })
    else if !found.hasMetadata then
      failed (mistakes.filePlaintext { inherit shown; })
    else if found.plaintext != [ ] then
      failed (mistakes.leafPlaintext { inherit shown keys; })
    else
      result // { inherit (found) leaves; };

  # Facts that stand in plaintext: `lifecycle_unencrypted/PROFILE/{created,rotate_by}`. They are
  # shown, and nothing depends on them.
  lifecycleOf =
    leaves:
    let
      facts = lib.filter (
        leaf:
        lib.length leaf.path == 3
        && lib.head leaf.path == "lifecycle_unencrypted"
        && !leaf.encrypted
        && lib.isString leaf.value
      ) leaves;
      byProfile = lib.groupBy (leaf: lib.elemAt leaf.path 1) facts;
      fact =
        key: found:
        let
          leaf = lib.findFirst (each: lib.last each.path == key) null found;
        in
        if leaf == null then null else leaf.value;
    in
    lib.mapAttrs (_: found: {
      created = fact "created" found;
      rotateBy = fact "rotate_by" found;
    }) byProfile;
}
