# A shellHook for bash that loads credentials where they are unlocked, and says so in one line.
#
#   devShells.default = pkgs.mkShell { shellHook = credsmith.lib.devShellHook { }; };
{
  # Loaders to try, in that order; null: those of NixOS, home-manager and `credsmith unlock`.
  # Absolute, or from `~/`, `$HOME/`, `$XDG_CONFIG_HOME/` or `$XDG_RUNTIME_DIR/` on.
  loaders ? null,
  # The profile; null: the loader's own default.
  profile ? null,
  # Whether to be silent about credentials that are loaded; what is wrong is said nevertheless.
  quiet ? false,
  # The secrets file, for the advice where nothing is unlocked: `credsmith unlock -f secrets/aws.yaml`.
  secretsFile ? null,
}:
let
  inherit (builtins)
    concatStringsSep
    filter
    head
    isString
    match
    replaceStrings
    stringLength
    substring
    toJSON
    ;

  quote = text: "'" + replaceStrings [ "'" ] [ "'\\''" ] text + "'";

  folders = [
    {
      prefix = "~/";
      folder = ''"''${HOME-}"/'';
    }
    {
      prefix = "$HOME/";
      folder = ''"''${HOME-}"/'';
    }
    {
      prefix = "$XDG_CONFIG_HOME/";
      folder = ''"''${XDG_CONFIG_HOME:-''${HOME-}/.config}"/'';
    }
    {
      prefix = "$XDG_RUNTIME_DIR/";
      folder = ''"''${XDG_RUNTIME_DIR-}"/'';
    }
    {
      prefix = "/";
      folder = "/";
    }
  ];
  word =
    loader:
    let
      fits = { prefix, ... }: substring 0 (stringLength prefix) loader == prefix;
      found = if isString loader then filter fits folders else [ ];
      inherit (head found) prefix folder;
    in
    if found == [ ] then
      throw "Cannot use ${toJSON (toString loader)} as a loader in devShellHook: a loader is on the machine where the shell is entered, so it is text that begins with \"/\", \"~/\", \"$HOME/\", \"$XDG_CONFIG_HOME/\" or \"$XDG_RUNTIME_DIR/\""
    else
      folder + quote (substring (stringLength prefix) (stringLength loader) loader);

  checkedProfile =
    if profile == null then
      ""
    else if isString profile && match "[a-z0-9][a-z0-9-]*" profile != null && profile != "bedrock" then
      profile
    else
      throw "Cannot use ${toJSON profile} as a profile in devShellHook: a profile's name has small letters, digits and \"-\", and is not \"bedrock\"";

  # A path of a flake is in the store; what comes after is where it lies in the project.
  fileText =
    if secretsFile == null then
      ""
    else if isString secretsFile then
      secretsFile
    else
      let
        inStore = match "${builtins.storeDir}/[^/]+/(.*)" (toString secretsFile);
      in
      if inStore == null then toString secretsFile else head inStore;

  words = [
    (quote (if quiet then "1" else ""))
    (quote checkedProfile)
    (quote fileText)
  ]
  ++ (if loaders == null then [ ] else map word loaders);
  library = ./direnv/credsmith.sh;
  enter = "__credsmith_enter ${concatStringsSep " " words}";
in
# Under direnv the library may be there already, and stays.
''
  if \builtin declare -F use_credsmith >/dev/null; then
    ${enter}
  elif [ -r ${library} ] && \builtin source ${library}; then
    ${enter}
    __credsmith_forget
  fi
''
