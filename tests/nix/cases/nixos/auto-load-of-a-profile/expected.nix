{ that, lib, ... }:
{
  programs.bash.interactiveShellInit = that "the host's own text and ours" (
    text:
    lib.hasInfix "set -o vi" text
    && lib.hasInfix "default | production) ." text
    && lib.hasInfix ''"''${CREDSMITH_LOADED:-production}" --quiet'' text
  );
}
