# What the scanner says of many texts: `cases` is a JSON file with [ { text; format; } … ].
{
  lib,
  root,
  cases,
  ...
}:

let
  inherit (import (root + "/modules/lib") { inherit lib; }) discover;
in
map (
  { text, format }:
  let
    found = discover.leavesOf { inherit text format; };
  in
  if found ? problem then
    { inherit (found) problem; }
  else
    {
      inherit (found) leaves hasMetadata;
      plaintext = map (leaf: leaf.path) found.plaintext;
    }
) (lib.importJSON cases)
