# Reads the names of the values in an encrypted file, without decrypting it and without building
# anything. A value in a file of SOPS stands on a line of its own behind its name, so lines are all
# that has to be understood. What is not understood is said, never guessed: a name that is wrong
# here would be a machine without its secrets.
{ lib }:

let
  inherit (builtins)
    elem
    foldl'
    head
    length
    match
    stringLength
    substring
    ;

  # std::regex calls itself for every character, so it sees the two ends of a line alone.
  keyReach = 200;
  typeReach = 40;

  # Line breaks that only YAML 1.1 knows, and a byte order mark.
  foreignBreaks = map builtins.fromJSON [
    ''"\r"''
    ''"\u0085"''
    ''"\u2028"''
    ''"\u2029"''
    ''"\ufeff"''
  ];
  tab = builtins.fromJSON ''"\t"'';

  # Not lib.hasInfix, which calls itself for every character.
  contains = part: text: builtins.replaceStrings [ part ] [ "" ] text != text;

  dropEndingSpaces =
    text:
    let
      found = match "(.*[^ ]) *" text;
    in
    if found == null then "" else head found;

  unsureWords = [
    "y"
    "yes"
    "on"
    "n"
    "no"
    "off"
    "="
    "<<"
  ];

  # The type that YAML gives to a text without quotes.
  plainType =
    text:
    let
      digits = builtins.replaceStrings [ "_" ] [ "" ] text;
      is = pattern: match pattern digits != null;
    in
    if match "(~|null|Null|NULL)?" text != null then
      "null"
    else if match "true|True|TRUE|false|False|FALSE" text != null then
      "bool"
    else if elem (lib.toLower text) unsureWords then
      # What this is depends on who reads it; SOPS never writes it without quotes.
      "unsure"
    else if
      is "[-+]?[0-9]+" || is "[-+]?0[xX][0-9a-fA-F]+" || is "[-+]?0[oO][0-7]+" || is "[-+]?0[bB][01]+"
    then
      "int"
    else if
      is "[-+]?([.][0-9]+|[0-9]+([.][0-9]*)?)([eE][-+]?[0-9]+)?"
      || is "[-+]?[.](inf|Inf|INF)"
      || is "[.](nan|NaN|NAN)"
    then
      "float"
    else if is "[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?.*" then
      "time"
    else
      "str";

  # ---- YAML: one line ------------------------------------------------------------------------

  # The first characters of a line: how far it is indented, and what comes then.
  splitIndent =
    line:
    let
      found = match "( *)(.*)" (substring 0 keyReach line);
    in
    {
      column = stringLength (head found);
      rest = lib.last found;
    };

  # A key at the beginning of a text: { key; value; }, or null where there is none that is read
  # the same by everyone.
  keyOf =
    rest:
    let
      double = match ''"(([^"\\[:cntrl:]]|\\["\\/])*)":( .*|)'' rest;
      single = match "'(([^'[:cntrl:]]|'')*)':( .*|)" rest;
      plain = match "([^][:cntrl:][ ?:,{}#&*!|>'\"%@`~<=.+-]([^:#[:cntrl:]]|:[^ :#[:cntrl:]])*):( .*|)" rest;
      bare = head plain;
    in
    if double != null then
      {
        key = builtins.fromJSON ''"${head double}"'';
        value = lib.last double;
      }
    else if single != null then
      {
        key = builtins.replaceStrings [ "''" ] [ "'" ] (head single);
        value = lib.last single;
      }
    else if plain != null && plainType bare == "str" && !lib.hasSuffix " " bare then
      {
        key = bare;
        value = lib.last plain;
      }
    else
      null;

  # What stands behind a key, from its colon to the end of the line: { kind; } is "nothing" (the
  # value is on the lines below, or null), "block" (its lines are below), "leaf" or "unsure".
  valueOf =
    behind:
    let
      long = stringLength behind > keyReach;
      # All of it where that is short, else as far as it is looked at.
      shown = head (match " *(.*)" (substring 0 keyReach behind));
      first = substring 0 1 shown;
      endOf = text: substring (lib.max 0 (stringLength text - typeReach)) typeReach text;
      # Without the comment; no encrypted value has a number sign.
      plain = head (builtins.split " #" behind);
      bare =
        if stringLength plain > keyReach then null else dropEndingSpaces (head (match " *(.*)" plain));
      encrypted = match "(.*,)?type:([a-z]+)] *" (endOf plain);
      leaf = type: value: {
        kind = "leaf";
        inherit type value;
        encrypted = false;
      };
      unsure = why: {
        kind = "unsure";
        inherit why;
      };
      comment = "( +#.*| *)";
    in
    if first == "" then
      if long then unsure "has its value too far behind its key" else { kind = "nothing"; }
    else if first == "#" then
      { kind = "nothing"; }
    else if contains tab behind then
      unsure "has a tab"
    else if lib.hasPrefix "ENC[" shown then
      if
        lib.hasPrefix "ENC[AES256_GCM,data:" shown
        && encrypted != null
        && length (builtins.split "]" plain) == 3
      then
        {
          kind = "leaf";
          type = lib.last encrypted;
          value = null;
          encrypted = true;
        }
      else
        unsure "begins like an encrypted value and does not end like one"
    else if first == "|" || first == ">" then
      if match "[|>][-+1-9]*${comment}" shown != null then
        { kind = "block"; }
      else
        unsure "has a block of text that is not begun as SOPS begins it"
    else if first == ''"'' then
      if match ''""${comment}'' shown != null then
        leaf "empty" ""
      else if long then
        if match ''.*[^\]" *'' (endOf behind) != null then leaf "str" null else quotesUnsure
      else
        let
          whole = match ''"(([^"\]|\\.)*)"${comment}'' shown;
          simple = match ''"(([^"\[:cntrl:]]|\\["\/])*)"${comment}'' shown;
        in
        if whole == null then
          quotesUnsure
        else
          leaf "str" (if simple == null then null else builtins.fromJSON ''"${head simple}"'')
    else if first == "'" then
      if match "''${comment}" shown != null then
        leaf "empty" ""
      else if long then
        # An even number of quotes, and one at the end.
        if match ".*' *" (endOf behind) != null && lib.mod (length (builtins.split "'" behind)) 4 == 1 then
          leaf "str" null
        else
          quotesUnsure
      else
        let
          whole = match "'(([^']|'')*)'${comment}" shown;
        in
        if whole == null then
          quotesUnsure
        else
          leaf "str" (builtins.replaceStrings [ "''" ] [ "'" ] (head whole))
    else if bare == "[]" then
      leaf "list" null
    else if bare == "{}" then
      leaf "mapping" null
    else if
      match "[][{},&*!%@`]" first != null
      || match "[-?:]( .*|)" shown != null
      || match ".*(: .*|:)" (if bare == null then shown else bare) != null
    then
      unsure "has a value in a style that SOPS does not write"
    else if bare != null then
      leaf (plainType bare) bare
    else
      # So long a number would be one that nobody writes.
      leaf (if match "[-+._0-9a-fA-F]*( .*)?" shown == null then "str" else "unsure") null;

  quotesUnsure = {
    kind = "unsure";
    why = "has quotes that do not close on the same line";
  };

  # ---- YAML: line after line -----------------------------------------------------------------

  start = {
    problem = null;
    number = 0;
    # Mappings that are open, innermost first.
    open = [
      {
        column = 0;
        path = [ ];
      }
    ];
    # The path of a key that has no value yet, and its column.
    waiting = null;
    # Lines that are passed over: in a block of text, or in a list.
    skip = null;
    leaves = [ ];
    chunks = [ ];
    # Paths of lists with a value in plaintext.
    clear = [ ];
  };

  add =
    state: leaf:
    if length state.leaves < 64 then
      state // { leaves = state.leaves ++ [ leaf ]; }
    else
      state
      // {
        chunks = state.chunks ++ [ state.leaves ];
        leaves = [ leaf ];
      };

  fail = state: why: state // { problem = "line ${toString state.number} ${why}"; };

  # A key that waited got nothing.
  settle =
    state:
    if state.waiting == null then
      state
    else
      add (state // { waiting = null; }) {
        inherit (state.waiting) path;
        type = "null";
        encrypted = false;
        value = null;
      };

  isDash = rest: rest == "-" || lib.hasPrefix "- " rest;

  # Whether the item of a list is a value in plaintext. One that is a list or a mapping, or in a
  # style that SOPS does not write, is not looked into.
  isClearItem =
    rest:
    let
      item = dropEndingSpaces (head (match "- *(.*)" rest));
      isNothing = match "(''|\"\")?( *#.*)?" item != null || plainType item == "null";
    in
    !isNothing
    && match "(ENC\\[AES256_GCM,|[?&*!{[]|- ).*|-|[^\"'].*:( .*|)" item == null
    && keyOf item == null;

  noteItem =
    state: rest:
    if isClearItem rest && !elem state.skip.path state.clear then
      state // { clear = state.clear ++ [ state.skip.path ]; }
    else
      state;

  closeTo =
    column: open: if (head open).column > column then closeTo column (lib.tail open) else open;

  step =
    before: line:
    let
      state = before // {
        number = before.number + 1;
      };
      inherit (splitIndent line) column rest;
      inherit (state) skip;
      skipped =
        skip != null && (column > skip.column || skip.list && column == skip.column && isDash rest);
    in
    if before.problem != null then
      before
    else if rest == "" then
      if stringLength line < keyReach then state else fail state "is indented too far"
    else if skipped then
      if skip.list && column == skip.column then noteItem state rest else state
    else if lib.hasPrefix "#" rest then
      if skip != null && !skip.list then state // { skip = null; } else state
    else if isDash rest then
      listBegins (state // { skip = null; }) column rest
    else
      entry (state // { skip = null; }) line column rest;

  listBegins =
    state: column: rest:
    if state.waiting != null && column >= state.waiting.column then
      add
        (noteItem (
          state
          // {
            waiting = null;
            skip = {
              inherit (state.waiting) path;
              inherit column;
              list = true;
            };
          }
        ) rest)
        {
          inherit (state.waiting) path;
          type = "list";
          encrypted = false;
          value = null;
        }
    else
      fail state "is an item of a list, where there is none";

  entry =
    before: line: column: rest:
    let
      found = keyOf rest;
      deeper = before.waiting != null && column > before.waiting.column;
      settled = if deeper then before // { waiting = null; } else settle before;
      open =
        if deeper then
          [
            {
              inherit column;
              inherit (before.waiting) path;
            }
          ]
          ++ before.open
        else
          closeTo column before.open;
      state = settled // {
        inherit open;
      };
      path = (head open).path ++ [ found.key ];
      isMarker = column == 0 && match "(---|[.][.][.])( .*|)" rest != null;
      # From the colon on; the key was looked at only as far as it reaches.
      behind = substring (column + stringLength rest - stringLength found.value) (-1) line;
      value = valueOf behind;
      scalar = type: {
        inherit path type;
        encrypted = false;
        value = null;
      };
    in
    if isMarker then
      fail before "begins another document"
    else if found == null then
      fail before "has no key that can be read for sure"
    else if (head open).column != column then
      fail before "is indented like no line before it"
    else if path == [ "sops" ] then
      fail before "has a second \"sops\""
    else if value.kind == "unsure" then
      fail before value.why
    else if value.kind == "nothing" then
      state
      // {
        waiting = {
          inherit path column;
        };
      }
    else if value.kind == "block" then
      add state (scalar "str")
      // {
        skip = {
          inherit column;
          list = false;
        };
      }
    else
      add state {
        inherit path;
        inherit (value) type encrypted value;
      };

  # Nothing may be left to compute later, or a long file overflows the stack.
  strictStep =
    before: line:
    let
      after = step before line;
    in
    builtins.seq after.problem (
      builtins.seq after.number (
        builtins.seq after.open (
          builtins.seq after.waiting (
            builtins.seq after.skip (
              builtins.seq after.leaves (builtins.seq after.chunks (builtins.seq after.clear after))
            )
          )
        )
      )
    );

  # The lines of the `sops` entry, and all others (an empty line stands in for what was taken out,
  # so that lines keep their numbers).
  apart =
    lines:
    let
      numbered = lib.imap0 (index: line: { inherit index line; }) lines;
      isStart = { line, ... }: match "sops: *(#.*)?" (substring 0 keyReach line) != null;
      starts = lib.filter isStart numbered;
      from = (head starts).index;
      below = lib.drop (from + 1) lines;
      isInside =
        line:
        line == ""
        || elem (substring 0 1 line) [
          " "
          "#"
        ];
      size = lib.lists.findFirstIndex (line: !isInside line) (length below) below;
    in
    if starts == [ ] then
      {
        metadata = null;
        content = lines;
      }
    else
      {
        metadata = lib.take size below;
        content =
          lib.take from lines
          ++ lib.optionals (size < length below) (lib.genList (_: "") (size + 1) ++ lib.drop size below);
      };

  selectorRules = [
    "unencrypted_suffix"
    "encrypted_suffix"
    "unencrypted_regex"
    "encrypted_regex"
    "unencrypted_comment_regex"
    "encrypted_comment_regex"
  ];

  # The selector, from the lines of the `sops` entry: { rule; text; }, text null where it is
  # written in a way that is not read here.
  selectorOfLines =
    lines:
    let
      short = lib.filter (line: stringLength line < keyReach) lines;
      matches = lib.filter (found: found != null) (
        map (match " +(${lib.concatStringsSep "|" selectorRules}): (.*)") short
      );
      selectors = map (found: {
        rule = head found;
        value = valueOf (lib.last found);
      }) matches;
      # As for SOPS, one that is empty is none.
      found = lib.findFirst (each: (each.value.type or "") != "empty") null selectors;
    in
    if found == null then
      null
    else
      {
        inherit (found) rule;
        text = found.value.value or null;
      };

  duplicateOf =
    leaves:
    let
      names = map (leaf: builtins.toJSON leaf.path) leaves;
      # A path that is a value and, in another leaf, the way to one.
      folders = lib.concatMap (
        { path, ... }:
        lib.genList (size: builtins.toJSON (lib.take (size + 1) path)) (length path - 1)
      ) leaves;
      counted = lib.groupBy lib.id names;
      isFolder = lib.genAttrs folders (_: true);
      isTwice = name: length counted.${name} > 1 || isFolder ? ${name};
    in
    lib.findFirst isTwice null (lib.attrNames counted);

  yamlLeaves =
    text:
    let
      unix = builtins.replaceStrings [ (builtins.fromJSON ''"\r\n"'') ] [ "\n" ] text;
      foreign = lib.any (char: contains char unix) foreignBreaks;
      inherit (apart (lib.splitString "\n" unix)) metadata content;
      end = settle (foldl' strictStep start content);
      marked = leaf: if elem leaf.path end.clear then leaf // { clear = true; } else leaf;
      leaves = map marked (lib.concatLists end.chunks ++ end.leaves);
      duplicate = duplicateOf leaves;
    in
    if foreign then
      { problem = "it has a line break that not everyone reads as one, or a byte order mark"; }
    else if end.problem != null then
      { inherit (end) problem; }
    else if duplicate != null then
      { problem = "it has ${duplicate} twice"; }
    else
      {
        inherit leaves;
        hasMetadata = metadata != null;
        selector = if metadata == null then null else selectorOfLines metadata;
      };

  # ---- JSON ----------------------------------------------------------------------------------

  jsonLeavesBelow =
    path: value:
    let
      encrypted =
        if !lib.hasPrefix "ENC[AES256_GCM,data:" value then
          null
        else
          match ".*,type:([a-z]+)]" (substring (lib.max 0 (stringLength value - typeReach)) typeReach value);
      leaf = type: [
        {
          inherit path type;
          encrypted = false;
          value = if type == "str" then value else null;
        }
      ];
    in
    if lib.isAttrs value then
      if value == { } then
        leaf "mapping"
      else
        lib.concatLists (lib.mapAttrsToList (key: jsonLeavesBelow (path ++ [ key ])) value)
    else if lib.isList value then
      map (list: list // { clear = lib.any isClearInJson value; }) (leaf "list")
    else if value == null then
      leaf "null"
    else if lib.isBool value then
      leaf "bool"
    else if lib.isInt value then
      leaf "int"
    else if lib.isFloat value then
      leaf "float"
    else if value == "" then
      leaf "empty"
    else if encrypted != null then
      [
        {
          inherit path;
          type = head encrypted;
          encrypted = true;
          value = null;
        }
      ]
    else
      leaf "str";

  # Whether the item of a list is a value in plaintext.
  isClearInJson =
    item:
    !lib.isAttrs item
    && !lib.isList item
    && item != null
    && item != ""
    && !(lib.isString item && lib.hasPrefix "ENC[AES256_GCM," item);

  jsonLeaves =
    name: text:
    let
      reading = "while credsmith reads the names in \"${name}\", which should be JSON";
      document = builtins.addErrorContext reading (builtins.fromJSON text);
      metadata = document.sops or null;
      # As for SOPS, one that is empty is none.
      rule = lib.findFirst (rule: (metadata.${rule} or "") != "") null selectorRules;
    in
    if match "[[:space:]]*[{].*" (substring 0 keyReach text) == null then
      { problem = "it does not begin with \"{\""; }
    else if metadata != null && !lib.isAttrs metadata then
      { problem = "its \"sops\" is no object"; }
    else
      {
        leaves = lib.optionals (removeAttrs document [ "sops" ] != { }) (
          jsonLeavesBelow [ ] (removeAttrs document [ "sops" ])
        );
        hasMetadata = metadata != null;
        selector =
          if metadata == null || rule == null then
            null
          else
            {
              inherit rule;
              text = if lib.isString metadata.${rule} then metadata.${rule} else null;
            };
      };

  # ---- What should be encrypted --------------------------------------------------------------

  # Whether a selector wants a leaf encrypted: true, false, or null where it is an expression that
  # cannot be tried here (RE2's syntax is not that of builtins.match).
  wantsEncrypted =
    selector: path:
    let
      rule = if selector == null then "unencrypted_suffix" else selector.rule;
      text = if selector == null then "_unencrypted" else selector.text;
      encryptsMatches = lib.hasPrefix "encrypted_" rule;
      bySuffix = lib.any (lib.hasSuffix text) path == encryptsMatches;
      # ^(a|b)$ and its like mean the same to all.
      words = "[A-Za-z0-9_-]+([|][A-Za-z0-9_-]+)*";
      isSimple =
        match "(\\^)?\\(${words}\\)(\\$)?" text != null
        || match "(\\^)?[A-Za-z0-9_-]+(\\$)?" text != null
        || match words text != null;
      expression = "${
        lib.optionalString (!lib.hasPrefix "^" text) ".*"
      }(${lib.removePrefix "^" (lib.removeSuffix "$" text)})${
        lib.optionalString (!lib.hasSuffix "$" text) ".*"
      }";
      byExpression = lib.any (key: match expression key != null) path == encryptsMatches;
    in
    if text == null then
      null
    else if lib.hasSuffix "_suffix" rule then
      bySuffix
    else if lib.hasSuffix "_comment_regex" rule || !isSimple then
      null
    else
      byExpression;

  # Names of values that must never lie in plaintext, as in src/store/credential_leaves.ts.
  isCredential =
    path:
    head path == "rotation"
    ||
      match "(.*_)?(secret|password|token|private_key|access_key|access_key_id|api_key)" (
        lib.toLower (lib.last path)
      ) != null;

  isPlaintext =
    selector: leaf:
    let
      wanted = wantsEncrypted selector leaf.path;
    in
    !leaf.encrypted
    && (leaf.clear or false || match "null|empty|list|mapping" leaf.type == null)
    && (if wanted == null then isCredential leaf.path else wanted || isCredential leaf.path);
in
{
  inherit isCredential contains;

  # The format that a file's name says it has, as SOPS judges it.
  formatOf =
    name:
    let
      ends = suffix: lib.hasSuffix suffix name;
    in
    if ends ".yaml" || ends ".yml" then
      "yaml"
    else if ends ".json" then
      "json"
    else if ends ".env" then
      "dotenv"
    else if ends ".ini" then
      "ini"
    else
      "binary";

  # The leaves of an encrypted file:
  #
  #   { leaves = [ { path; type; encrypted; value; } … ]; plaintext = [ leaf … ]; hasMetadata; }
  #
  # `type` is SOPS's (str int float bool time bytes), or empty null list mapping (an empty one), or
  # unsure. Lists are one leaf: what is in them cannot be asked for; one with a value in plaintext
  # is `clear`. `value` is there only where it is in plaintext, on one line, and short. `plaintext`
  # are leaves that ought to be encrypted.
  # Or, where the text is more than can be read for sure: { problem = "line 3 …"; }.
  leavesOf =
    {
      text,
      format,
      name ? "the file",
    }:
    let
      read = if format == "json" then jsonLeaves name text else yamlLeaves text;
    in
    if read ? problem then
      read
    else
      read // { plaintext = lib.filter (isPlaintext read.selector) read.leaves; };
}
