# Texts for unit files, as systemd reads them back.
{ lib }:
rec {
  # Where the rest of a line is one value, only specifiers mean anything.
  literal = lib.replaceStrings [ "%" ] [ "%%" ];

  # Where a line has several words.
  word =
    text:
    if builtins.match "[A-Za-z0-9@/:_.,+=?-]+" text != null then
      text
    else
      ''"${lib.replaceStrings [ "\\" "\"" "$" ] [ "\\\\" "\\\"" "$$" ] (literal text)}"'';
}
