# The whole of it: options in, config.credsmith.resolved out. See common.nix for what that is.
{
  lib,
  pkgs,
  cfg,
  # As modules/options.nix has it.
  platform,
}:

let
  own = import ./. { inherit lib; };
  inherit (own) mistakes files variables;

  # ---- Files, each read once -------------------------------------------------------------------

  runtimeFile = cfg.runtimeSecretsFile or null;
  profileFiles = lib.unique cfg.secretsFiles;
  firstFile =
    if cfg.secretsFile != null then cfg.secretsFile else lib.findFirst (_: true) null profileFiles;

  readKey = file: format: "${toString format}:${builtins.unsafeDiscardStringContext (toString file)}";
  fileOf = secret: if secret.file != null then secret.file else firstFile;
  reads =
    let
      needed =
        map (file: {
          inherit file;
          format = null;
        }) profileFiles
        ++ lib.concatMap (
          secret:
          lib.optional (fileOf secret != null) {
            file = fileOf secret;
            inherit (secret) format;
          }
        ) (lib.attrValues cfg.secrets);
    in
    lib.listToAttrs (
      map (each: lib.nameValuePair (readKey each.file each.format) (files.read each)) needed
    );
  readOf = file: format: reads.${readKey file format};

  sources = map (
    file:
    let
      read = readOf file null;
      problem =
        if read.mistakes != [ ] then
          [ ]
        else if read.format != "yaml" && read.format != "json" then
          [ (mistakes.fileFormat { inherit (read) shown format; }) ]
        else if read.problem != null then
          [ (mistakes.fileUnreadable { inherit (read) shown problem; }) ]
        else
          [ ];
      usable = read.mistakes == [ ] && problem == [ ];
      found = own.profiles.ofFile {
        inherit (read) file format shown;
        leaves = if usable then read.leaves else [ ];
      };
    in
    found
    // {
      inherit (read) file shown;
      inherit usable;
      leaves = if usable then read.leaves else [ ];
      mistakes = problem ++ found.mistakes;
    }
  ) profileFiles;
  allUsable = lib.all (source: source.usable) sources;

  # ---- Profiles --------------------------------------------------------------------------------

  # name -> { fields; shown; }; the first file that has it wins.
  inFiles = lib.foldl' (
    known: source:
    lib.mapAttrs (_: fields: {
      inherit fields;
      inherit (source) shown;
    }) source.profiles
    // known
  ) { } sources;
  inTwoFiles = lib.filterAttrs (_: shown: lib.length shown > 1) (
    lib.zipAttrs (map (source: lib.mapAttrs (_: _: source.shown) source.profiles) sources)
  );

  hasKey = fields: variables.isApiKey fields || fields ? accessKeyId && fields ? secretAccessKey;
  # Whoever takes on the role brings a key, and a machine its own; that this one has none is as it
  # should be.
  isRole =
    fields:
    (fields ? roleArn || fields ? source) && !(fields ? accessKeyId) && !(fields ? secretAccessKey);
  chosen = if cfg.profiles == null then lib.attrNames inFiles else lib.unique cfg.profiles;

  fromFiles = lib.mapAttrs (_: found: variables.loadedOf found.fields) (
    lib.filterAttrs (name: found: builtins.elem name chosen && hasKey found.fields) inFiles
  );

  runtimeFormat = own.discover.formatOf runtimeFile;
  runtimeMistakes =
    if cfg.profiles == null || cfg.profiles == [ ] then
      [ (mistakes.runtimeProfiles { file = runtimeFile; }) ]
    else if runtimeFormat != "yaml" && runtimeFormat != "json" then
      # A file of another format would be each of its secrets, whole.
      [
        (mistakes.fileFormat {
          shown = runtimeFile;
          format = runtimeFormat;
        })
      ]
    else
      map (
        name:
        mistakes.jsonNested {
          shown = runtimeFile;
          key = "profiles/${name}";
          isTracked = false;
        }
      ) (lib.filter (name: runtimeFormat == "json" && name != "default") runtimeNames);

  # What stands at run time only is not known: all but the key may be absent, and it is no API key.
  runtimeNames = lib.optionals (runtimeFile != null && cfg.profiles != null) (
    lib.filter (
      name: !(inFiles ? ${name}) && own.names.isProfileName name && !own.names.isTakenProfileName name
    ) chosen
  );
  fromRuntime = lib.genAttrs runtimeNames (
    profile:
    lib.listToAttrs (
      lib.concatMap (
        { field, ... }:
        let
          below = "profiles/${profile}/${variables.namedKeys.${field}}";
          top = lib.concatStringsSep "/" variables.topPaths.${field};
          # Of JSON, sops-install-secrets reads the top level alone.
          keys = lib.filter (key: runtimeFormat != "json" || !lib.hasInfix "/" key) (
            lib.optional (profile == "default") top ++ [ below ]
          );
        in
        lib.optional (keys != [ ]) (
          lib.nameValuePair field {
            file = runtimeFile;
            format = runtimeFormat;
            key = lib.head keys;
            inherit keys;
            name = variables.fileNameOf field profile;
            optional = field != "accessKeyId" && field != "secretAccessKey";
            runtime = true;
          }
        )
      ) (lib.filter (each: each.field != "bedrockApiKey") variables.loadedFields)
    )
  );

  profiles =
    lib.mapAttrs (
      _:
      lib.mapAttrs (
        _: leaf:
        leaf
        // {
          optional = false;
          runtime = false;
        }
      )
    ) fromFiles
    // fromRuntime;
  profileNames = lib.attrNames profiles;

  defaultOf =
    profiles:
    if cfg.defaultProfile != null then
      cfg.defaultProfile
    else if profiles ? default then
      "default"
    else if lib.length (lib.attrNames profiles) == 1 then
      lib.head (lib.attrNames profiles)
    else
      null;

  # ---- Services --------------------------------------------------------------------------------

  services = cfg.services or { };
  serviceProfiles = lib.mapAttrs (
    _: service: if service.profile or null != null then service.profile else defaultOf profiles
  ) services;

  # Profiles that services have for themselves, and whose they are: name -> [ unit … ].
  private =
    let
      users = lib.groupBy (unit: serviceProfiles.${unit}) (
        lib.filter (unit: serviceProfiles.${unit} != null) (lib.attrNames services)
      );
    in
    lib.filterAttrs (
      name: units: profiles ? ${name} && !lib.any (unit: services.${unit}.shared) units
    ) users;
  privateUnits = lib.concatLists (lib.attrValues private);
  # What the loader, Claude Code and health checks can have.
  loaded = removeAttrs profiles (lib.attrNames private);
  defaultProfile = defaultOf loaded;

  ofServices = lib.concatMap (service: service.secrets or [ ]) (lib.attrValues services);
  # A secret that is given to services, and of which nothing says that anybody else is to read it.
  isServiceSecret =
    name: secret:
    builtins.elem name ofServices
    && secret.variable == null
    && secret.owner or null == null
    && secret.group or null == null;

  # ---- Secret files ----------------------------------------------------------------------------

  # The user's own, with home-manager, and nobody else's.
  access = {
    mode = if platform == "home" then "0400" else "0440";
    owner = if platform == "home" then null else "root";
    group = if platform == "home" then null else cfg.group;
    restartUnits = [ ];
  };
  # A service's renderer reads it, who is root.
  privateAccess = access // {
    mode = "0400";
    group = "root";
  };

  leavesToInstall = lib.concatLists (
    lib.mapAttrsToList (
      profile: fields:
      map (leaf: leaf // { access = if private ? ${profile} then privateAccess else access; }) (
        lib.filter (leaf: leaf.name != null) (lib.attrValues fields)
      )
    ) profiles
  );
  ofProfiles = lib.listToAttrs (
    map (leaf: lib.nameValuePair leaf.name ({ inherit (leaf) file format key; } // leaf.access)) (
      lib.filter (leaf: !leaf.runtime) leavesToInstall
    )
  );
  runtimeSecrets = lib.listToAttrs (
    map (
      leaf:
      lib.nameValuePair leaf.name (
        {
          inherit (leaf)
            file
            format
            keys
            optional
            ;
        }
        // leaf.access
      )
    ) (lib.filter (leaf: leaf.runtime) leavesToInstall)
  );

  # Which of the extra secrets can be had, and what is wrong with the others.
  judged = lib.mapAttrs (
    name: secret:
    let
      file = fileOf secret;
      read = readOf file secret.format;
      inherit (read) shown;
      structured = read.format == "yaml" || read.format == "json";
      isWhole = !structured || secret.key == "";
      keyOf = leaf: lib.concatStringsSep "/" leaf.path;
      leaf = lib.findFirst (each: keyOf each == secret.key) null read.leaves;
      isFolder = lib.any (each: lib.hasPrefix "${secret.key}/" (keyOf each)) read.leaves;
      option = "credsmith.secrets.${name}";
      wrong =
        if !own.names.isSecretName name then
          [ (mistakes.secretName { inherit name; }) ]
        else if ofProfiles ? ${name} || runtimeSecrets ? ${name} then
          [ (mistakes.secretNameTaken { inherit name; }) ]
        else if file == null then
          [ (mistakes.secretWithoutFile { inherit name; }) ]
        else if read.mistakes != [ ] then
          # Told once, with the file.
          [ null ]
        else if isWhole || read.problem != null then
          [ ]
        else if leaf == null && !isFolder then
          [
            (mistakes.keyUnknown {
              inherit option shown;
              inherit (secret) key;
              keys = map keyOf read.leaves;
            })
          ]
        else if read.format == "json" && lib.hasInfix "/" secret.key then
          [
            (mistakes.jsonNested {
              inherit shown;
              inherit (secret) key;
            })
          ]
        else if leaf == null || leaf.type != "str" && leaf.type != "empty" then
          [
            (mistakes.leafNotString {
              inherit shown;
              inherit (secret) key;
              type = if leaf == null then "mapping" else leaf.type;
            })
          ]
        else
          [ ];
    in
    {
      good = wrong == [ ];
      mistakes = lib.filter (mistake: mistake != null) wrong;
      warnings = lib.optional (wrong == [ ] && !isWhole && read.problem != null) (
        "credsmith: the names in \"${shown}\" cannot be read (${read.problem}), so nobody has looked whether it has \"${secret.key}\" for ${option}"
      );
      secret = {
        inherit file;
        inherit (read) format;
        # sops-nix takes the whole file, whatever is said, where the format has no keys.
        key = if structured then secret.key else "";
        owner = if secret.owner or null != null then secret.owner else access.owner;
        group =
          if secret.group or null != null then
            secret.group
          else if secret.owner or null != null then
            null
          else if isServiceSecret name secret then
            privateAccess.group
          else
            access.group;
        inherit (secret) mode;
        restartUnits = secret.restartUnits or [ ];
      };
    }
  ) cfg.secrets;
  extra = lib.mapAttrs (_: each: each.secret) (lib.filterAttrs (_: each: each.good) judged);

  # ---- The loader ------------------------------------------------------------------------------

  withVariables = lib.filterAttrs (name: _: extra ? ${name}) cfg.secrets;
  manifestArguments = {
    constants = cfg.variables;
    secrets = withVariables;
    # What is not in that file is where sops-nix puts it.
    secretsIn = lib.optionalString (runtimeFile != null) "/run/secrets/";
    inherit (cfg.loader) unset;
  };
  manifest = own.manifest.manifestOf (
    manifestArguments
    // {
      profiles = loaded;
      inherit (cfg) directory;
      inherit (cfg.loader) olderNames;
    }
  );

  # ---- Mistakes --------------------------------------------------------------------------------

  # Names of profiles in other options: known here, or said to be unknown.
  mention =
    option: name:
    if profiles ? ${name} || !allUsable then
      [ ]
    else if inFiles ? ${name} && cfg.profiles != null then
      [
        (mistakes.profileNotInstalled {
          inherit option name;
          profiles = profileNames;
        })
      ]
    else if inFiles ? ${name} then
      [
        (mistakes.profileWithoutKey {
          inherit name;
          inherit (inFiles.${name}) shown;
        })
      ]
    else
      [
        (mistakes.profileUnknown {
          inherit option name;
          profiles = profileNames;
        })
      ];
  # Where it has to be for more than services.
  mentionLoaded =
    option: name:
    if private ? ${name} then
      [
        (mistakes.profilePrivate {
          inherit option name;
          units = private.${name};
        })
      ]
    else
      mention option name;
  mentions =
    option: names: lib.concatMap (mentionLoaded option) (if names == null then [ ] else names);
  mentionOne = option: name: mentions option (lib.optional (name != null) name);

  chosenMistakes = lib.concatMap (
    name:
    if fromRuntime ? ${name} || !allUsable then
      [ ]
    else if !(inFiles ? ${name}) then
      [
        (mistakes.profileUnknown {
          option = "credsmith.profiles";
          inherit name;
          profiles = lib.attrNames inFiles;
        })
      ]
    else
      lib.optional (!hasKey inFiles.${name}.fields) (
        mistakes.profileWithoutKey {
          inherit name;
          inherit (inFiles.${name}) shown;
        }
      )
  ) (lib.optionals (cfg.profiles != null) chosen);

  leafMistakes = lib.concatMap (
    source:
    source.leafMistakes (
      map (leaf: leaf.key) (lib.filter (leaf: toString leaf.file == toString source.file) leavesToInstall)
    )
  ) sources;

  namesWithVariable = lib.attrNames (
    lib.filterAttrs (_: secret: secret.variable != null) cfg.secrets
  );
  manifestMistakes =
    if loaded == { } then
      lib.optionals allUsable (
        map (
          name:
          mistakes.variableWithoutProfile {
            inherit name;
            units = privateUnits;
          }
        ) namesWithVariable
      )
    else
      own.manifest.mistakesOf (manifestArguments // { inherit manifest; });

  secretMentions = lib.concatLists (
    lib.mapAttrsToList (
      name: secret: mentions "credsmith.secrets.${name}.profiles" secret.profiles
    ) cfg.secrets
  );
  serviceMentions = lib.concatLists (
    lib.mapAttrsToList (
      unit: service:
      lib.optionals (service.profile or null != null) (
        mention "credsmith.services.${unit}.profile" service.profile
      )
      ++ lib.concatMap (
        name:
        lib.optional (!(cfg.secrets ? ${name})) (
          mistakes.serviceSecretUnknown {
            option = "credsmith.services.${unit}.secrets";
            inherit name;
            secrets = lib.attrNames cfg.secrets;
          }
        )
      ) (service.secrets or [ ])
    ) services
  );

  loaderMistakes = lib.optionals cfg.loader.enable (
    lib.optional (cfg.loader.path == cfg.loader.fishPath) (
      mistakes.loaderTwice {
        inherit (cfg.loader) path;
        by = [
          "credsmith.loader.path"
          "credsmith.loader.fishPath"
        ];
      }
    )
  );

  noFile = profileFiles == [ ] && runtimeFile == null && cfg.secrets == { };
  mayLoad = profileFiles != [ ] && allUsable && cfg.profiles == null;
in
{
  inherit
    profiles
    private
    serviceProfiles
    runtimeSecrets
    manifest
    defaultProfile
    ;
  inherit (cfg) directory;
  secrets = extra // ofProfiles;

  loader =
    if loaded == { } then
      null
    else
      own.mkLoader {
        inherit pkgs manifest;
        inherit (cfg) defaultProfile;
        # The scripts are written where this is built, by a credsmith that runs there.
        package =
          if pkgs.stdenv.buildPlatform.system == pkgs.stdenv.hostPlatform.system then
            cfg.package
          else
            pkgs.buildPackages.callPackage ../package.nix { };
      };

  mistakes =
    lib.optional noFile (mistakes.noSecretsFile { })
    ++ lib.unique (lib.concatMap (read: read.mistakes) (lib.attrValues reads))
    ++ lib.concatMap (source: source.mistakes) sources
    ++ lib.concatLists (
      lib.mapAttrsToList (name: shown: [
        (mistakes.profileInTwoFiles {
          inherit name;
          files = shown;
        })
      ]) inTwoFiles
    )
    ++ lib.optionals (runtimeFile != null) runtimeMistakes
    ++ chosenMistakes
    ++ lib.optional (mayLoad && profileNames == [ ]) (
      mistakes.nothingToLoad {
        files = map (source: source.shown) sources;
        profiles = lib.attrNames inFiles;
      }
    )
    ++ leafMistakes
    ++ lib.concatMap (each: each.mistakes) (lib.attrValues judged)
    ++ mentionOne "credsmith.defaultProfile" cfg.defaultProfile
    ++ mentionOne "credsmith.claude.profile" (cfg.claude.profile or null)
    ++ mentions "credsmith.health.profiles" (cfg.health.profiles or null)
    ++ secretMentions
    ++ serviceMentions
    ++ manifestMistakes
    ++ lib.optional (cfg.health.enable or false && loaded == { } && private != { }) (
      mistakes.healthWithoutProfile { units = privateUnits; }
    )
    ++ loaderMistakes
    ++ lib.optional (cfg.generateKey && cfg.ageKeyFile == null) (mistakes.generateKeyWithoutFile { });

  warnings =
    lib.optionals (cfg.profiles == null && profileNames != [ ]) (
      lib.concatLists (
        lib.mapAttrsToList (
          name: found:
          lib.optional (!hasKey found.fields && !isRole found.fields) (
            "credsmith: profile \"${name}\" of \"${found.shown}\" has no key of its own and is left out"
          )
        ) inFiles
      )
    )
    ++ lib.concatMap (each: each.warnings) (lib.attrValues judged)
    ++ lib.optional (
      cfg.users or [ ] != [ ]
      && loaded == { }
      && private != { }
      && lib.all (secret: secret.group != cfg.group) (lib.attrValues extra)
    ) (mistakes.usersWithoutProfile { units = privateUnits; }).message;

  lifecycle = lib.foldl' (known: source: files.lifecycleOf source.leaves // known) { } sources;
}
