# Option types that lib does not have.
{ lib }:

let
  inStore = text: lib.path.hasStorePathPrefix (/. + builtins.unsafeDiscardStringContext text);
  # Without steps that lead up, or a second line for whatever it is written into.
  absoluteText =
    value:
    lib.isString value
    && lib.hasPrefix "/" value
    && !lib.hasSuffix "/" value
    && !lib.hasInfix "\n" value
    && lib.all (step: step != "." && step != "..") (lib.splitString "/" value);
in
{
  # Where a private key lies, or what a private key opens. A Nix path in its place would be copied
  # into the store, mode 0444, as soon as it is put into a string.
  pathOutsideStore = lib.mkOptionType {
    name = "pathOutsideStore";
    description = "absolute path in quotes, outside the Nix store (a path without quotes would be copied into the store, where everyone can read it)";
    descriptionClass = "noun";
    check = value: absoluteText value && !inStore value;
    merge = lib.mergeEqualOption;
  };

  # Where a file is installed.
  absolutePath = lib.mkOptionType {
    name = "absolutePath";
    description = "absolute path in quotes";
    descriptionClass = "noun";
    check = absoluteText;
    merge = lib.mergeEqualOption;
  };

  # A user or a group, as passwd(5) and group(5) can have it.
  accountName = lib.mkOptionType {
    name = "accountName";
    description = "name of a user or group";
    descriptionClass = "noun";
    check = value: lib.isString value && builtins.match "[^:,/[:space:]]+" value != null;
    merge = lib.mergeEqualOption;
  };

  # Permissions as chmod takes them.
  fileMode = lib.mkOptionType {
    name = "fileMode";
    description = "file mode of four octal digits";
    descriptionClass = "noun";
    check = value: lib.isString value && builtins.match "0[0-7]{3}" value != null;
    merge = lib.mergeEqualOption;
  };
}
